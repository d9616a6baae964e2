/** A fault to plant in the code: one that a gateway could well have. */
export interface Mutant {
  /** What is wrong with a gateway that has it. */
  readonly what: string
  readonly file: string
  /** Found exactly once in the file. */
  readonly from: string
  readonly to: string
}
