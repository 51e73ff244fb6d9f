import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

/** The machine in one line, as reports name it. */
export function machine(): string {
  const [first] = cpus();
  const redis = execFileSync('redis-server', ['--version'])
    .toString()
    .match(/v=(\S+)/)?.[1];
  const system = readFileSync('/etc/os-release', 'utf8').match(/PRETTY_NAME="(.*)"/)?.[1] ?? process.platform;
  return `${cpus().length} cores ${first?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${system}, Node ${process.versions.node}, Redis ${redis}`;
}
