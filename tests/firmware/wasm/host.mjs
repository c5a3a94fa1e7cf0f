// host.mjs - a program of weft in a page, or under Node: the host's half.
//
//     import { run } from "./host.mjs";
//
//     const program = await run(await fetch("page.wasm"));
//     button.onclick = (event) => {
//         program.exports.click(event.x); // a function of the program's;
//         program.wake();                 // it made a task ready: look again
//     };
//     await program.done;
//
// `now` and `later` are the clock and the timer; a test has its own.

const DAY = 24 * 60 * 60 * 1000; // a timer of more than 24 days fires at once

function timeout(call, wait) {
    const id = setTimeout(call, wait);

    return () => clearTimeout(id);
}

export async function run(source, {
    print = console.log,
    now = () => performance.now(),
    later = timeout,
} = {}) {
    const bytes = source instanceof Response ? await source.arrayBuffer()
                                             : source;
    const { instance } = await WebAssembly.instantiate(bytes, {
        host: { now, put: lines(print), end },
    });
    const status = instance.exports.open();
    let cancel = () => {};
    let wake;
    const done = new Promise((resolve, reject) => {
        /* [wake] */
        wake = () => {
            cancel();
            try {
                const wait = instance.exports.step(8); // ms, if there is work

                if (wait < 0) {
                    resolve(status);
                } else if (wait < Infinity) {
                    cancel = later(wake, Math.min(Math.ceil(wait), DAY));
                }
            } catch (error) {
                reject(error);
            }
        };
        /* [wake] */
    });

    wake();
    return { exports: instance.exports, done, wake };
}

// Bytes come one by one, and lines are printed.
function lines(print) {
    const line = [];

    return (byte) => {
        if (byte === 10) {
            print(new TextDecoder().decode(new Uint8Array(line)));
            line.length = 0;
        } else {
            line.push(byte);
        }
    };
}

function end(status) {
    throw new Error(`the program ended: ${status}`);
}
