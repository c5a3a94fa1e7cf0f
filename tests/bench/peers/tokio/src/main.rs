// main.rs - tokio, with the runtime of one thread.
//
// The arguments and what is printed are those of ../../../program.c.
use std::future::{poll_fn, Future};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixStream};
use tokio::sync::{mpsc, Mutex};
use tokio::task::{yield_now, JoinHandle};
use tokio::time::{sleep, sleep_until, Sleep};

fn tell(metric: &str, value: f64) {
    let digits = if value < 100.0 { 2 } else if value < 1000.0 { 1 } else { 0 };
    println!("{metric}\t{value:.digits$}");
}

fn memory_kb(line: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let found = status.lines().find(|text| text.starts_with(line)).unwrap();
    found.split_whitespace().nth(1).unwrap().parse().unwrap()
}

// Of the only thread.
fn busy_ns() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    stat.split_whitespace().next().unwrap().parse().unwrap()
}

fn since(begin: Instant) -> f64 {
    begin.elapsed().as_nanos() as f64
}

async fn join_all(handles: Vec<JoinHandle<()>>) {
    for handle in handles {
        handle.await.unwrap()
    }
}

// ---- Tasks ----

async fn yielder(count: usize) {
    for _ in 0..count {
        yield_now().await
    }
}

async fn run_yield(metric: &str, tasks: usize, count: usize) {
    let begin = Instant::now();
    join_all((0..tasks).map(|_| tokio::spawn(yielder(count))).collect()).await;
    tell(metric, since(begin) / (tasks * count) as f64);
}

async fn run_batches<M, F>(metric: &str, make: M, tasks: usize, count: usize)
where
    M: Fn() -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let begin = Instant::now();
    for _ in 0..count {
        join_all((0..tasks).map(|_| tokio::spawn(make())).collect()).await;
    }
    tell(metric, since(begin) / (tasks * count) as f64);
}

fn nested(depth: usize, count: usize) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        if depth > 1 {
            nested(depth - 1, count).await
        } else {
            yielder(count).await
        }
    })
}

async fn run_nested(depth: usize) {
    let count = 1000000 / depth.max(5);
    let begin = Instant::now();
    tokio::spawn(nested(depth, count)).await.unwrap();
    tell(&format!("depth{depth}_ns"), since(begin) / count as f64);
}

async fn run_queue(metric: &str, capacity: usize, count: usize) {
    let (sender, mut receiver) = mpsc::channel::<usize>(capacity);
    let begin = Instant::now();
    let producer = tokio::spawn(async move {
        for i in 0..count {
            sender.send(i).await.unwrap()
        }
    });
    let consumer = tokio::spawn(async move {
        for i in 0..count {
            assert_eq!(receiver.recv().await, Some(i))
        }
    });
    join_all(vec![producer, consumer]).await;
    tell(metric, since(begin) / count as f64);
}

async fn run_lock(tasks: usize, count: usize) {
    let lock = Arc::new(Mutex::new(0usize));
    let begin = Instant::now();
    let locker = |lock: Arc<Mutex<usize>>| async move {
        for _ in 0..count {
            let mut guard = lock.lock().await;
            *guard += 1;
            yield_now().await;
        }
    };
    join_all((0..tasks).map(|_| tokio::spawn(locker(lock.clone()))).collect()).await;
    tell("handover_ns", since(begin) / (tasks * count) as f64);
}

// ---- Time ----

async fn run_sleep(tasks: usize, seconds: f64) {
    let (before, begin) = (memory_kb("VmRSS"), Instant::now());
    let nap = Duration::from_secs_f64(seconds);
    let sleepers = (0..tasks).map(|_| tokio::spawn(async move { sleep(nap).await }));
    join_all(sleepers.collect()).await;
    tell("wall_minus_sleep_s", begin.elapsed().as_secs_f64() - seconds);
    tell("bytes_per_task", (memory_kb("VmHWM") - before) * 1024.0 / tasks as f64);
    tell("peak_rss_MB", memory_kb("VmHWM") / 1024.0);
}

fn next_random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

// All of them wake this one task.
async fn set_timers(count: usize, first_us: u64, span_us: u64, state: &mut u64) -> Vec<Pin<Box<Sleep>>> {
    let first = tokio::time::Instant::now() + Duration::from_micros(first_us);
    let mut timers: Vec<_> = (0..count)
        .map(|_| Box::pin(sleep_until(first + Duration::from_micros(next_random(state) % span_us))))
        .collect();
    poll_fn(|context| {
        for timer in &mut timers {
            assert!(timer.as_mut().poll(context).is_pending())
        }
        Poll::Ready(())
    })
    .await;
    timers
}

async fn run_timers(count: usize) {
    let mut state = 88172645463325252u64;
    let mut begin = Instant::now();
    let mut timers = set_timers(count, 1_500_000, 1_000_000, &mut state).await;
    tell("create_ns", since(begin) / count as f64);
    begin = Instant::now();
    let mut i = 0;
    timers.retain(|_| {
        i += 1;
        i % 2 == 0 // who is dropped is cancelled
    });
    tell("cancel_ns", since(begin) / (count / 2) as f64);
    let busy = busy_ns();
    for timer in &mut timers {
        timer.await
    }
    tell("fire_paced_cpu_ns", (busy_ns() - busy) / (count / 2) as f64);
    drop(timers);
    let mut timers = set_timers(count / 2, 500_000, 100_000, &mut state).await;
    std::thread::sleep(Duration::from_millis(700));
    begin = Instant::now();
    for timer in &mut timers {
        timer.await
    }
    tell("fire_burst_ns", since(begin) / (count / 2) as f64);
}

// ---- Connections ----

async fn echo(mut client: TcpStream) {
    let mut data = vec![0u8; 16384];
    while let Ok(size) = client.read(&mut data).await {
        if size == 0 || client.write_all(&data[..size]).await.is_err() {
            break;
        }
    }
}

async fn serve(port: u16) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(([127, 0, 0, 1], port).into()).unwrap();
    let listener: TcpListener = socket.listen(4096).unwrap();
    loop {
        let (client, _) = listener.accept().await.unwrap();
        client.set_nodelay(true).unwrap();
        tokio::spawn(echo(client));
    }
}

async fn run_lines(lines: usize, count: usize) {
    let (reader, mut writer) = UnixStream::pair().unwrap();
    let text = ("x".repeat(79) + "\n").repeat(lines);
    let begin = Instant::now();
    let task = tokio::spawn(async move {
        for _ in 0..count {
            writer.write_all(text.as_bytes()).await.unwrap()
        }
    });
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    for _ in 0..lines * count {
        line.clear();
        assert_eq!(reader.read_until(b'\n', &mut line).await.unwrap(), 80);
    }
    task.await.unwrap();
    let each = since(begin) / (lines * count) as f64;
    tell("line_ns", each);
    tell("MB_per_s", 80e3 / each);
}

async fn run(arguments: Vec<String>) {
    let number = |i: usize| arguments[i].parse::<f64>().unwrap();
    match arguments[1].as_str() {
        "w1" => {
            run_yield("t1000_ns", 1000, 5000).await;
            run_yield("t2_ns", 2, 500000).await
        }
        "w2" => {
            run_batches("batch1000_ns", || async {}, 1000, 1000).await;
            run_batches("seq_ns", || async {}, 1, 500000).await
        }
        "w3" => run_sleep(number(2) as usize, number(3)).await,
        "w4" => {
            run_queue("cap1_ns", 1, 1000000).await;
            run_queue("cap128_ns", 128, 2000000).await
        }
        "w5" => run_timers(number(2) as usize).await,
        "w6" => serve(number(2) as u16).await,
        "w7" => {
            for depth in [1, 10, 100, 1000] {
                run_nested(depth).await
            }
        }
        "w8" => run_batches("per_child_ns", yield_now, 1000, 1000).await,
        "w9" => run_lock(100, 10000).await,
        "w12" => run_lines(800, 2000).await,
        _ => std::process::exit(2),
    }
}

fn main() {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build().unwrap();
    runtime.block_on(run(std::env::args().collect()));
}
