"""The attributes of User and its extensions (RFC 7643 §4.1, §4.3 and §8.7.1, with the verified errata)."""

from __future__ import annotations

from gatehouse.scim.attribute import Attribute, AttributeType

_COMPLEX, _BOOLEAN, _REFERENCE = AttributeType.COMPLEX, AttributeType.BOOLEAN, AttributeType.REFERENCE


def _plural(
    name: str, value: Attribute, types: tuple[str, ...], description: str, *, required: bool = False
) -> Attribute:
    """Build a multi-valued attribute with the default sub-attributes of RFC 7643 §2.4."""
    return Attribute(
        name,
        _COMPLEX,
        multi_valued=True,
        required=required,
        description=description,
        sub_attributes=(
            value,
            Attribute("display", description="A name for people to read."),
            Attribute("type", canonical_values=types, description="What the value is for."),
            Attribute("primary", _BOOLEAN, description="Whether this is the preferred value; true at most once."),
        ),
    )


USER_ATTRIBUTES = (
    Attribute(
        "userName",
        required=True,
        uniqueness="server",
        description="The name with which the user signs in; unique in the tenant without regard to case.",
    ),
    Attribute(
        "name",
        _COMPLEX,
        required=True,
        description="The parts of the user's real name.",
        sub_attributes=(
            Attribute("formatted", description="The full name, formatted for display."),
            Attribute("familyName", required=True, description="The family name, or last name."),
            Attribute("givenName", required=True, description="The given name, or first name."),
            Attribute("middleName", description="The middle names."),
            Attribute("honorificPrefix", description="The title before the name, such as 'Ms.'."),
            Attribute("honorificSuffix", description="The suffix after the name, such as 'III'."),
        ),
    ),
    Attribute("displayName", description="The name of the user as shown to other people."),
    Attribute("nickName", description="The casual way to address the user."),
    Attribute(
        "profileUrl",
        _REFERENCE,
        case_exact=True,
        reference_types=("external",),
        description="The address of the user's online profile.",
    ),
    Attribute("title", description="The job title; decides the user's role."),
    Attribute("userType", description="The relationship to the organization; decides the user's employee groups."),
    Attribute("preferredLanguage", description="The preferred language, in the form of HTTP Accept-Language."),
    Attribute("locale", description="The locale for currency, dates and numbers, such as 'en-US'."),
    Attribute("timezone", description="The time zone in the IANA form, such as 'America/Los_Angeles'."),
    Attribute(
        "active",
        _BOOLEAN,
        required=True,
        description="Whether the user may sign in; a create that does not say means true.",
    ),
    Attribute(
        "password",
        mutability="writeOnly",
        returned="never",
        description="The clear-text password; never stored.",
        supported=False,
    ),
    _plural(
        "emails",
        Attribute("value", required=True, description="The e-mail address."),
        ("work", "home", "other"),
        "The e-mail addresses of the user.",
        required=True,
    ),
    _plural(
        "phoneNumbers",
        Attribute("value", description="The phone number."),
        ("work", "home", "mobile", "fax", "pager", "other"),
        "The phone numbers of the user.",
    ),
    _plural(
        "ims",
        Attribute("value", description="The instant messaging address."),
        ("aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"),
        "The instant messaging addresses of the user.",
    ),
    _plural(
        "photos",
        Attribute(
            "value",
            _REFERENCE,
            case_exact=True,
            reference_types=("external",),
            description="The address of the image.",
        ),
        ("photo", "thumbnail"),
        "Pictures of the user.",
    ),
    Attribute(
        "addresses",
        _COMPLEX,
        multi_valued=True,
        description="The postal addresses of the user.",
        sub_attributes=(
            Attribute("formatted", description="The full address, formatted for display."),
            Attribute("streetAddress", description="Street, house number, P.O. box."),
            Attribute("locality", description="The city."),
            Attribute("region", description="The state or region."),
            Attribute("postalCode", description="The postal code."),
            Attribute("country", description="The country, as an ISO 3166-1 alpha-2 code."),
            Attribute("type", canonical_values=("work", "home", "other"), description="What the address is for."),
            Attribute("primary", _BOOLEAN, description="Whether this is the preferred address; true at most once."),
        ),
    ),
    Attribute(
        "groups",
        _COMPLEX,
        multi_valued=True,
        mutability="readOnly",
        returned="request",
        description="The groups that the user belongs to; changed through the Group resource.",
        sub_attributes=(
            Attribute("value", case_exact=True, mutability="readOnly", description="The id of the group."),
            Attribute(
                "$ref",
                _REFERENCE,
                case_exact=True,
                mutability="readOnly",
                reference_types=("Group",),
                description="The address of the group.",
            ),
            Attribute("display", mutability="readOnly", description="The name of the group."),
            Attribute(
                "type",
                mutability="readOnly",
                canonical_values=("direct",),
                description="How the user belongs to the group.",
            ),
        ),
    ),
    _plural(
        "entitlements",
        Attribute("value", description="The entitlement."),
        (),
        "The entitlements of the user, as the client states them.",
    ),
    _plural(
        "roles", Attribute("value", description="The role."), (), "The roles of the user, as the client states them."
    ),
    _plural(
        "x509Certificates",
        Attribute("value", AttributeType.BINARY, case_exact=True, description="One DER certificate, in base64."),
        (),
        "The certificates issued to the user.",
    ),
)

ENTERPRISE_ATTRIBUTES = (
    Attribute("employeeNumber", description="The number that the organization gave the user."),
    Attribute("costCenter", description="The name of a cost center."),
    Attribute("organization", description="The name of an organization."),
    Attribute("division", description="The name of a division."),
    Attribute("department", description="The name of a department."),
    Attribute(
        "manager",
        _COMPLEX,
        description="The user's manager.",
        sub_attributes=(
            Attribute("value", case_exact=True, description="The id of the manager's User resource."),
            Attribute(
                "$ref",
                _REFERENCE,
                case_exact=True,
                reference_types=("User",),
                description="The address of the manager's User resource.",
            ),
            Attribute("displayName", mutability="readOnly", description="The manager's name.", supported=False),
        ),
    ),
)

# What the mapping made of the user. Not part of the default representation: it may change without a new version.
GATEHOUSE_ATTRIBUTES = (
    Attribute(
        "role",
        case_exact=True,
        mutability="readOnly",
        returned="request",
        description="The key of the role that the user has; none while the user is not active.",
    ),
    Attribute(
        "employeeGroups",
        multi_valued=True,
        case_exact=True,
        mutability="readOnly",
        returned="request",
        description="The keys of the employee groups that the user is in; none while the user is not active.",
    ),
)
