// better-auth over SQLite with one organization of MEMBERS members among ACCOUNTS people: node better-auth.mjs FOLDER PORT ACCOUNTS MEMBERS
// Says one line of JSON when it answers: the headers of its owner, and what to ask for.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [folder, port, accounts, members] = process.argv.slice(2);
// The packages lie beside the database, not beside this file.
const at = createRequire(`${folder}/package.json`);
const load = async (name) => import(pathToFileURL(at.resolve(name)));
const Database = at('better-sqlite3');
const { betterAuth } = await load('better-auth');
const { getMigrations } = await load('better-auth/db/migration');
const { organization, admin } = await load('better-auth/plugins');
const { toNodeHandler } = await load('better-auth/node');

const database = new Database(`${folder}/better-auth.db`);
database.pragma('journal_mode = WAL');
const url = `http://127.0.0.1:${port}`;
const options = {
  database, baseURL: url, secret: 'a secret for measuring only, of enough length', telemetry: { enabled: false },
  emailAndPassword: { enabled: true }, rateLimit: { enabled: false },
  plugins: [organization({ membershipLimit: 2_000_000 }), admin()],
};
const auth = betterAuth(options);
await (await getMigrations(options)).runMigrations();

const password = 'seven green boats at noon';
const ask = async (path, body, cookie) => {
  const headers = { 'content-type': 'application/json', origin: url, ...(cookie ? { cookie } : {}) };
  const answer = await auth.handler(new Request(`${url}/api/auth${path}`, { method: 'POST', headers, body: JSON.stringify(body) }));
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer;
};
const first = await ask('/sign-up/email', { email: 'person0@example.test', password, name: 'Ada Abel' });
database.prepare(`UPDATE user SET role = 'admin'`).run();
let cookie = first.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
const made = await (await ask('/organization/create', { name: 'Large', slug: 'large' }, cookie)).json();
const now = new Date().toISOString();
const user = database.prepare(
  `INSERT INTO user (id, name, email, emailVerified, createdAt, updatedAt, role) VALUES (?, ?, ?, 1, ?, ?, 'user')`);
const member = database.prepare(`INSERT INTO member (id, organizationId, userId, role, createdAt) VALUES (?, ?, ?, 'member', ?)`);
const FIRST = ['Ada', 'Boris', 'Chiara', 'Dmitri', 'Elif', 'Femi', 'Greta', 'Hugo'], LAST = ['Abel', 'Brandt', 'Costa', 'Dietrich', 'Eriksen'];
database.transaction(() => {
  for (let n = 1; n < accounts; n += 1) {
    user.run(`user${n}`, `${FIRST[n % 8]} ${LAST[n % 5]}`, `person${n}@example.test`, now, now);
    if (n < members) member.run(`member${n}`, made.id, `user${n}`, now);
  }
})();
const again = await ask('/sign-in/email', { email: 'person0@example.test', password });
cookie = again.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
await ask('/organization/set-active', { organizationId: made.id }, cookie);

createServer(toNodeHandler(auth)).listen(Number(port), '127.0.0.1', () => console.log(JSON.stringify({
  headers: { cookie, origin: url },
  session: '/api/auth/get-session',
  page: `/api/auth/organization/list-members?limit=50&organizationId=${made.id}`,
  search: '/api/auth/admin/list-users?searchField=email&searchOperator=contains&searchValue=son77&limit=50',
  signIn: ['/api/auth/sign-in/email', JSON.stringify({ email: 'person0@example.test', password }), 'application/json'],
})));
