//! The HTTP/1.1 server of the fake index: one thread for each connection, kept alive.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::answer::{Answer, answer};
use super::{FakeRequest, Fault, Shared, lock};

/// How often an idle connection looks whether the index is gone.
const PATIENCE: Duration = Duration::from_millis(200);

/// Opens a port and serves it in the background.
pub(crate) fn listen(shared: Arc<Shared>) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port of 127.0.0.1");
    let address = listener.local_addr().expect("an open port has a number");
    let listening = thread::spawn(move || {
        for stream in listener.incoming() {
            if shared.stopped.load(Ordering::SeqCst) {
                return;
            }
            let Ok(stream) = stream else { continue };
            let shared = Arc::clone(&shared);
            // a client that goes away is none of our business
            thread::spawn(move || serve(&stream, &shared).ok());
        }
    });
    (address, listening)
}

/// Closes the port, and waits until it is; connections end by themselves.
pub(crate) fn stop(address: SocketAddr, shared: &Shared, listening: JoinHandle<()>) {
    shared.stopped.store(true, Ordering::SeqCst);
    // wakes the thread that waits for a connection
    drop(TcpStream::connect(address));
    // it cannot have panicked, and a test that ends need not hear of it
    listening.join().ok();
}

fn serve(stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while wait_for_request(&mut reader, shared)? {
        let Some(mut request) = read_request(&mut reader)? else {
            return Ok(());
        };
        let fault = take_fault(&request.path, shared);
        let reply = reply(&request, shared, fault.as_ref());
        request.status = match &fault {
            Some(Fault::Close { .. }) => 0,
            _ => reply.status,
        };
        let head_only = request.method == "HEAD";
        let asked_to_close = request.header("connection") == Some("close");
        lock(&shared.requests).push(request);
        match fault {
            Some(Fault::Close { .. }) => return Ok(()),
            Some(Fault::Truncate { .. }) => {
                let half = &reply.body[..reply.body.len() / 2];
                send(stream, &reply, half)?;
                return Ok(());
            }
            Some(Fault::Endless) => return send_for_ever(stream, shared),
            _ if head_only => send(stream, &reply, &[])?,
            _ => send(stream, &reply, &reply.body)?,
        }
        if asked_to_close {
            return Ok(());
        }
    }
    Ok(())
}

fn reply(request: &FakeRequest, shared: &Shared, fault: Option<&Fault>) -> Answer {
    match fault {
        Some(Fault::Status(status)) => Answer::status(*status),
        Some(Fault::StatusTimes {
            status,
            retry_after,
            ..
        }) => {
            let mut reply = Answer::status(*status);
            if let Some(seconds) = retry_after {
                reply.headers.push(("Retry-After", seconds.to_string()));
            }
            reply
        }
        Some(Fault::Body(bytes)) => {
            let mut reply = answer(request, shared);
            reply.status = 200;
            reply
                .headers
                .retain(|(name, _)| !matches!(*name, "Content-Encoding" | "Content-Range"));
            reply.body.clone_from(bytes);
            reply
        }
        Some(Fault::Slow(delay)) => {
            thread::sleep(*delay);
            answer(request, shared)
        }
        Some(Fault::Close { .. } | Fault::Truncate { .. } | Fault::Endless) | None => {
            answer(request, shared)
        }
    }
}

fn take_fault(path: &str, shared: &Shared) -> Option<Fault> {
    let mut faults = lock(&shared.faults);
    let (_, fault) = faults
        .iter_mut()
        .find(|(part, fault)| path.contains(part.as_str()) && fault.clone().take())?;
    fault.take();
    Some(fault.clone())
}

/// False where the client or the index is gone.
fn wait_for_request(reader: &mut BufReader<&TcpStream>, shared: &Shared) -> io::Result<bool> {
    loop {
        if shared.stopped.load(Ordering::SeqCst) {
            return Ok(false);
        }
        match reader.fill_buf() {
            Ok(bytes) => return Ok(!bytes.is_empty()),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                ) => {}
            Err(error) => return Err(error),
        }
    }
}

fn read_request(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<FakeRequest>> {
    let mut line = String::new();
    reader.take(64 * 1024).read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    // a client behind a proxy names the whole address
    let target = target
        .split_once("://")
        .and_then(|(_, rest)| rest.find('/').map(|slash| &rest[slash..]))
        .unwrap_or(target);
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let mut request = FakeRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: Vec::new(),
        status: 0,
    };
    loop {
        let mut line = String::new();
        if reader.take(64 * 1024).read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end();
        if line.is_empty() {
            return Ok(Some(request));
        }
        if let Some((name, value)) = line.split_once(':') {
            request
                .headers
                .push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
}

fn send(mut stream: &TcpStream, reply: &Answer, body: &[u8]) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, reason(reply.status));
    for (name, value) in &reply.headers {
        write!(head, "{name}: {value}\r\n").map_err(io::Error::other)?;
    }
    if reply.status != 304 {
        write!(head, "Content-Length: {}\r\n", reply.body.len()).map_err(io::Error::other)?;
    }
    head.push_str("\r\n");
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(body);
    stream.write_all(&bytes)?;
    stream.flush()
}

/// Ends when the client has enough, or with the index.
fn send_for_ever(mut stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n")?;
    let block = vec![b'x'; 64 * 1024];
    while !shared.stopped.load(Ordering::SeqCst) {
        stream.write_all(&block)?;
    }
    Ok(())
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        416 => "Range Not Satisfiable",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Status",
    }
}
