import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Member, member } from './member.ts';
import { inProject } from './project.ts';
import { runProgram } from './run-program.ts';
import { findProgram, type SystemPackage } from './system-package.ts';

/** The load balancer before the gateways; `npm start` does without. */
export const nginxPackage: SystemPackage = {
  name: 'nginx (for the tests behind a load balancer)',
  programs: ['nginx', '/usr/sbin/nginx', '/opt/homebrew/bin/nginx', '/usr/local/bin/nginx'],
  packages: { apt: 'nginx', dnf: 'nginx', apk: 'nginx', brew: 'nginx' },
  // The package starts a server of its own, now and at each boot; nobody asked for that one.
  async afterInstall() {
    if (existsSync('/run/systemd/system')) await runProgram('systemctl', ['disable', '--now', 'nginx']);
    else await runProgram('service', ['nginx', 'stop']);
  },
};

export interface NginxOptions {
  /** Made here. */
  folder: string;
  /** What it says of itself; `<name>-access.log` is beside it. */
  logFile: string;
  /** Where it listens, on the loopback address. */
  port: number;
  /** Where the gateways listen, on the same. */
  gatewayPorts: readonly number[];
}

/** An nginx of our own, set up as for production but for addresses, certificate and places. */
export function nginxServer({ folder, logFile, port, gatewayPorts }: NginxOptions): Member {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'nginx.conf');
  const production = readFileSync(inProject('deploy/nginx/voice-jib-jab.conf'), 'utf8');
  writeFileSync(file, mainOf(folder, logFile, siteOf(production, { logFile, port, gatewayPorts })));
  return member({
    name: 'nginx',
    command: findProgram(nginxPackage.programs) ?? 'nginx',
    args: ['-p', folder, '-c', file, '-e', logFile],
    env: process.env,
    logFile,
    // It ends by itself where the port is taken; any answer is its own then.
    isReady: async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).status === 404,
  });
}

type Place = Pick<NginxOptions, 'logFile' | 'port' | 'gatewayPorts'>;

/**
 * The configuration for production, here: other addresses, plain HTTP, other logs.
 * @throws when a line is missing that must be another one here
 */
export function siteOf(production: string, { logFile, port, gatewayPorts }: Place): string {
  const servers = gatewayPorts.map((gateway) => `    server 127.0.0.1:${gateway} max_fails=0;`);
  const changes: readonly [RegExp, string][] = [
    [/^ *server \S+:\d+ max_fails=0;\n(?: *server \S+:\d+ max_fails=0;\n)*/m, `${servers.join('\n')}\n`],
    [/listen 443 ssl;/, `listen 127.0.0.1:${port};`],
    [/^ *ssl_certificate .*\n/m, ''],
    [/^ *ssl_certificate_key .*\n/m, ''],
    [/\/var\/log\/nginx\/voice\.access\.log/, logFile.replace(/\.log$/, '-access.log')],
    [/\/var\/log\/nginx\/voice\.error\.log/, logFile],
  ];
  let site = production;
  for (const [line, own] of changes) {
    if (!line.test(site)) throw new Error(`the configuration of nginx has no line like ${line}`);
    site = site.replace(line, own);
  }
  return site;
}

/** One process, as whoever starts it: it needs no rights of its own, and ends as one. */
function mainOf(folder: string, logFile: string, site: string): string {
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off;
master_process off;
pid ${join(folder, 'nginx.pid')};
error_log ${logFile} emerg;
events { worker_connections 4096; }
http {
${temp.map((name) => `${name}_temp_path ${join(folder, name)};`).join('\n')}
${site}}
`;
}
