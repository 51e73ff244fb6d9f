/** Whether the release (as `process.version` writes it) runs TypeScript sources as they are. */
export function runsTypeScript(version: string): boolean;

/** The Node that runs the project in `root`; undefined: none of those here is new enough. */
export function chooseNode(root: string, own?: { version: string; path: string }): string | undefined;

export const wantedNode: string;
