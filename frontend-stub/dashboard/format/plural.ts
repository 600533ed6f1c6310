const NUMBER = new Intl.NumberFormat("en");

export const number = (count: number): string => NUMBER.format(count);

/** `1 user`, `2 users`. */
export const plural = (count: number, one: string, several = `${one}s`): string => `${number(count)} ${count === 1 ? one : several}`;
