/** Where Entra ID finds us: the Tenant URL that an administrator pastes. */
export const scimUrl = (): string => `${window.location.origin}/scim/v2`;
