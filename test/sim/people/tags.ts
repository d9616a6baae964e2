/** Where a text carries the number by which its answer is known again. Far behind what an excerpt would quote. */
export const tagOf = (number: number): string => `<#${number}>`
const TAG = /<#(\d+)>/g

export function tagsIn(text: string): number[] {
  return [...text.matchAll(TAG)].map(([, digits]) => Number(digits))
}
