/** Takes the lock `file` for this process; `holder` is the living process that has it. */
export function takeLock(file: string): { holder: number } | { release: () => void };
