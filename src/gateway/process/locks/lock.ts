/** A lock that the kernel frees when its process dies. */
export interface InstanceLock {
  release(): Promise<void>
}

/** Who holds a lock, as far as it can be found out. */
export interface LockOwner {
  readonly pid?: number
  readonly home?: string
}

export type ClaimOutcome = { readonly lock: InstanceLock } | { readonly owner: LockOwner }
