// node.mjs - Node. Promises go on from the queue of microtasks, without a turn
// of the loop; the *_immediate metrics go through it.
//
// The arguments and what is printed are those of ../program.c, and in addition
//
//     node.mjs w10 PORT FOLDER         a server of files
//     node.mjs w13 PORT CERTIFICATE    an echo server that speaks TLS
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import readline from "node:readline";
import tls from "node:tls";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";

const now = () => process.hrtime.bigint();
const since = (begin) => Number(now() - begin);

function tell(metric, value) {
  console.log(`${metric}\t${value.toFixed(value < 100 ? 2 : value < 1000 ? 1 : 0)}`);
}

function memoryKb(line) {
  const status = fs.readFileSync("/proc/self/status", "utf8");
  return Number(status.match(new RegExp(`${line}:\\s+(\\d+)`))[1]);
}

const times = (count, make) => Array.from({ length: count }, make);

// ---- Tasks ----

async function yielder(count) {
  for (let i = 0; i < count; i++) await null;
}

async function turner(count) {
  for (let i = 0; i < count; i++) await turn();
}

async function runYield(metric, run, tasks, count) {
  const begin = now();
  await Promise.all(times(tasks, () => run(count)));
  tell(metric, since(begin) / (tasks * count));
}

async function child() {}

async function yieldingChild() {
  await null;
}

async function runBatches(metric, make, tasks, count) {
  const begin = now();
  for (let i = 0; i < count; i++) await Promise.all(times(tasks, make));
  tell(metric, since(begin) / (tasks * count));
}

async function nested(depth, count) {
  if (depth > 1) await nested(depth - 1, count);
  else await yielder(count);
}

async function runNested(depth, count) {
  const begin = now();
  await nested(depth, count);
  tell(`depth${depth}_ns`, since(begin) / count);
}

// Node has neither of the next two.
class Line {
  waiting = [];
  first = 0;
  stand() {
    return new Promise((resume) => this.waiting.push(resume));
  }
  callFirst() {
    if (this.first === this.waiting.length) return false;
    this.waiting[this.first++]();
    if (this.first > 1024) {
      this.waiting = this.waiting.slice(this.first);
      this.first = 0;
    }
    return true;
  }
}

class Queue {
  items = [];
  first = 0;
  getters = new Line();
  putters = new Line();
  constructor(capacity) {
    this.capacity = capacity;
  }
  async put(item) {
    while (this.items.length - this.first >= this.capacity) await this.putters.stand();
    this.items.push(item);
    this.getters.callFirst();
  }
  async get() {
    while (this.items.length === this.first) await this.getters.stand();
    const item = this.items[this.first++];
    if (this.first > 1024) {
      this.items = this.items.slice(this.first);
      this.first = 0;
    }
    this.putters.callFirst();
    return item;
  }
}

class Lock {
  line = new Line();
  locked = false;
  async acquire() {
    if (this.locked) await this.line.stand();
    else this.locked = true;
  }
  release() {
    this.locked = this.line.callFirst();
  }
}

async function runQueue(metric, capacity, count) {
  const queue = new Queue(capacity);
  const produce = async () => {
    for (let i = 0; i < count; i++) await queue.put(i);
  };
  const consume = async () => {
    for (let i = 0; i < count; i++) if ((await queue.get()) !== i) throw new Error("order");
  };
  const begin = now();
  await Promise.all([produce(), consume()]);
  tell(metric, since(begin) / count);
}

async function runLock(tasks, count) {
  const lock = new Lock();
  const locker = async () => {
    for (let i = 0; i < count; i++) {
      await lock.acquire();
      await null;
      lock.release();
    }
  };
  const begin = now();
  await Promise.all(times(tasks, locker));
  tell("handover_ns", since(begin) / (tasks * count));
}

// ---- Time ----

async function sleeper(ms) {
  await sleep(ms);
}

async function runSleep(tasks, seconds) {
  const before = memoryKb("VmRSS");
  const begin = now();
  await Promise.all(times(tasks, () => sleeper(seconds * 1000)));
  tell("wall_minus_sleep_s", since(begin) / 1e9 - seconds);
  tell("bytes_per_task", ((memoryKb("VmHWM") - before) * 1024) / tasks);
  tell("peak_rss_MB", memoryKb("VmHWM") / 1024);
}

// Timers that fire all at once are left out: Node runs them by the millisecond.
async function runTimers(count) {
  let left = count / 2;
  let end;
  const done = new Promise((resolve) => (end = resolve));
  const countDown = () => {
    if (--left === 0) end();
  };
  const first = 500 + count * 2e-3;
  let begin = now();
  const timers = times(count, () => setTimeout(countDown, first + Math.floor(Math.random() * 1000)));
  tell("create_ns", since(begin) / count);
  begin = now();
  for (let i = 0; i < count; i += 2) clearTimeout(timers[i]);
  tell("cancel_ns", since(begin) / (count / 2));
  const busy = process.cpuUsage();
  await done;
  const used = process.cpuUsage(busy);
  tell("fire_paced_cpu_ns", ((used.user + used.system) * 1e3) / (count / 2));
}

// ---- Connections ----

const listen = (server, port) => server.listen({ port, host: "127.0.0.1", backlog: 4096 });

function echo(client) {
  client.on("data", (data) => client.write(data));
  client.on("error", () => client.destroy());
}

const guests = new Set();

function chat(client) {
  guests.add(client);
  client.on("close", () => guests.delete(client));
  client.on("error", () => client.destroy());
  const lines = readline.createInterface({ input: client });
  lines.on("error", () => client.destroy());
  lines.on("line", (line) => {
    for (const guest of guests) guest.write(line + "\n");
  });
}

function serveFile(folder, request, response) {
  const file = folder + request.url;
  fs.stat(file, (error, stat) => {
    if (error) return response.writeHead(404).end();
    response.writeHead(200, { "Content-Length": stat.size, "Last-Modified": stat.mtime.toUTCString() });
    fs.createReadStream(file).pipe(response);
  });
}

async function runLines(lines, count) {
  const text = ("x".repeat(79) + "\n").repeat(lines);
  const server = net.createServer((client) => {
    let left = count;
    const more = () => {
      while (left > 0 && left-- > 0 && client.write(text));
    };
    client.on("drain", more);
    more();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  let got = 0;
  const begin = now();
  const input = net.connect(server.address().port, "127.0.0.1");
  for await (const line of readline.createInterface({ input })) {
    if (line.length !== 79) throw new Error("line");
    if (++got === lines * count) break;
  }
  const each = since(begin) / (lines * count);
  tell("line_ns", each);
  tell("MB_per_s", 80e3 / each);
  process.exit(0);
}

const [word, ...args] = process.argv.slice(2);
if (word === "w1") {
  await runYield("t1000_ns", yielder, 1000, 3000);
  await runYield("t2_ns", yielder, 2, 1000000);
  await runYield("t1000_immediate_ns", turner, 1000, 500);
  await runYield("t2_immediate_ns", turner, 2, 100000);
} else if (word === "w2") {
  await runBatches("batch1000_ns", child, 1000, 1000);
  await runBatches("seq_ns", child, 1, 500000);
} else if (word === "w3") await runSleep(+args[0], +args[1]);
else if (word === "w4") {
  await runQueue("cap1_ns", 1, 500000);
  await runQueue("cap128_ns", 128, 1000000);
} else if (word === "w5") await runTimers(+args[0]);
else if (word === "w6") listen(net.createServer({ noDelay: true }, echo), args[0]);
else if (word === "w7") for (const depth of [1, 10, 100, 1000]) await runNested(depth, 1000000);
else if (word === "w8") await runBatches("per_child_ns", yieldingChild, 1000, 1000);
else if (word === "w9") await runLock(100, 10000);
else if (word === "w10") listen(http.createServer(serveFile.bind(null, args[1])), args[0]);
else if (word === "w11") listen(net.createServer({ noDelay: true }, chat), args[0]);
else if (word === "w12") await runLines(800, 1000);
else if (word === "w13") {
  const pem = fs.readFileSync(args[1]);
  listen(tls.createServer({ key: pem, cert: pem, noDelay: true }, echo), args[0]);
} else process.exit(2);
