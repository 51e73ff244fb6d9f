import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from '../pid-lock.mjs';

export interface DataFolders {
  root: string;
  /** Of the data of Redis, kept from start to start. */
  redis: string;
  /** Of the data of Chroma, kept likewise. */
  chroma: string;
  logs: string;
  /** Evidence that is on its way to the recorder. */
  spill: string;
  /** Recordings that are on their way there. */
  recordings: string;
  keys: string;
  /** Knowledge, as the workers have read it. */
  knowledge: string;
  /** Evidence for good. */
  audit: string;
}

export interface DataFolder extends DataFolders {
  release(): void;
}

/**
 * The folder a start keeps its things in: `folder` itself, or one named after the port inside it when another
 * start is using that. The logs of the start before are moved to `logs/previous`.
 */
export function dataFolder(folder: string, port: number, say: (line: string) => void): DataFolder {
  mkdirSync(folder, { recursive: true });
  const lock = takeLock(join(folder, 'start.lock'));
  if ('holder' in lock) {
    const own = join(folder, String(port));
    say(`another start (process ${lock.holder}) uses ${folder}; this one keeps its data in ${own}`);
    return { ...prepared(own), release: () => {} };
  }
  return { ...prepared(folder), release: lock.release };
}

/** The variables that name them to gateways, workers and recorders. */
export function environmentOf(data: DataFolders): NodeJS.ProcessEnv {
  return {
    AUDIT_SPILL_DIR: data.spill,
    RECORDING_DIR: data.recordings,
    LOCAL_KEY_DIR: data.keys,
    KNOWLEDGE_CACHE_DIR: data.knowledge,
    AUDIT_DIR: data.audit,
  };
}

function prepared(folder: string): DataFolders {
  const folders = foldersIn(folder);
  const { logs } = folders;
  const previous = join(logs, 'previous');
  mkdirSync(previous, { recursive: true });
  for (const name of readdirSync(logs)) {
    if (name.endsWith('.log')) renameSync(join(logs, name), join(previous, name));
  }
  return folders;
}

export function foldersIn(folder: string): DataFolders {
  return {
    root: folder,
    redis: join(folder, 'redis'),
    chroma: join(folder, 'chroma'),
    logs: join(folder, 'logs'),
    spill: join(folder, 'spill'),
    recordings: join(folder, 'recordings'),
    keys: join(folder, 'keys'),
    knowledge: join(folder, 'knowledge'),
    audit: join(folder, 'audit'),
  };
}
