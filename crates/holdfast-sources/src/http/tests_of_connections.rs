//! Certificates and proxies, against small servers of our own.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use testkit::{FakeIndex, FakeIndexOptions};

use super::{Fetch, FetchError, Http, HttpSettings, Proxies, Request};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/http/fixtures");
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";

fn settings() -> HttpSettings {
    HttpSettings {
        backoff: Duration::from_millis(1),
        retries: 1,
        ..HttpSettings::default()
    }
}

/// Answers over TLS at `https://localhost:PORT`, with a certificate that nobody on earth vouches for.
fn serve_encrypted() -> u16 {
    let fixtures = Path::new(FIXTURES);
    let certificate = CertificateDer::from_pem_file(fixtures.join("localhost.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(fixtures.join("localhost.key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, stream.unwrap());
            let mut request = [0; 4096];
            // a client that refuses the certificate goes away
            if stream.read(&mut request).is_ok() {
                stream.write_all(ANSWER).ok();
                stream.conn.send_close_notify();
                stream.flush().ok();
            }
        }
    });
    port
}

/// An HTTP proxy that tunnels to wherever it is asked, or refuses without `me:secret`.
fn serve_proxy() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut client = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte).unwrap_or(0) == 1 {
                head.push(byte[0]);
            }
            let head = String::from_utf8(head).unwrap();
            if !head.contains("Basic bWU6c2VjcmV0") {
                client
                    .write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
                    .ok();
                continue;
            }
            let port: u16 = head
                .split_whitespace()
                .nth(1)
                .and_then(|target| target.rsplit_once(':'))
                .unwrap()
                .1
                .parse()
                .unwrap();
            let mut server = TcpStream::connect(("127.0.0.1", port)).unwrap();
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            let (mut from_client, mut to_server) =
                (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || std::io::copy(&mut from_client, &mut to_server).ok());
            thread::spawn(move || std::io::copy(&mut server, &mut client).ok());
        }
    });
    port
}

fn get(settings: HttpSettings, url: &str) -> Result<Vec<u8>, FetchError> {
    Http::new(settings)
        .fetch(&Request::new(url, 1000))
        .map(|response| response.body)
}

#[test]
fn an_unknown_certificate_is_refused_until_its_authority_is_named() {
    let url = format!("https://localhost:{}/", serve_encrypted());
    let error = get(settings(), &url).unwrap_err();
    assert!(matches!(error, FetchError::Certificate { .. }), "{error:?}");
    assert!(error.fix().contains("SSL_CERT_FILE"));

    let mut named = settings();
    named.certificates = vec![Path::new(FIXTURES).join("authority.pem")];
    assert_eq!(get(named.clone(), &url).unwrap(), b"hello");
    // the certificate is for `localhost` alone
    let error = get(named, &url.replace("localhost", "127.0.0.1")).unwrap_err();
    assert!(matches!(error, FetchError::Certificate { .. }), "{error:?}");

    let mut trusted = settings();
    trusted.trusted_hosts = vec!["localhost".to_owned()];
    assert_eq!(get(trusted, &url).unwrap(), b"hello");
}

#[test]
fn a_file_without_certificates_is_an_error_that_names_it() {
    for wrong in ["no-such-file.pem", "localhost.key.pem"] {
        let mut settings = settings();
        settings.certificates = vec![Path::new(FIXTURES).join(wrong)];
        let error = get(settings, "https://localhost:9/").unwrap_err();
        assert!(error.to_string().contains(wrong), "{error}");
    }
}

#[test]
fn a_proxy_is_used_unless_the_host_is_excepted() {
    let options = FakeIndexOptions::new().resource("/page", b"hello");
    let index = FakeIndex::start_with(Vec::new(), options);
    let url = format!("http://pypi.example.invalid:{}/page", index.port());
    let proxy = serve_proxy();
    let mut with = settings();
    with.trusted_hosts = vec!["pypi.example.invalid".to_owned()];
    with.proxies = Proxies::all(&format!("http://me:secret@127.0.0.1:{proxy}"));
    assert_eq!(get(with.clone(), &url).unwrap(), b"hello");

    with.proxies.except = vec!["example.invalid".to_owned()];
    let error = get(with.clone(), &url).unwrap_err();
    assert!(matches!(error, FetchError::Connection { .. }), "{error}");

    with.proxies = Proxies::all(&format!("http://me:wrong@127.0.0.1:{proxy}"));
    let error = get(with.clone(), &url).unwrap_err();
    assert!(matches!(error, FetchError::Proxy { .. }), "{error}");
    assert!(error.to_string().contains("407"), "{error}");
    assert!(!format!("{error}").contains("wrong"), "{error}");

    with.proxies = Proxies::all("nonsense://secret:x@y z");
    let error = get(with, &url).unwrap_err();
    assert!(matches!(error, FetchError::Proxy { .. }), "{error}");
}

#[test]
fn an_encrypted_server_is_reached_through_a_proxy() {
    let url = format!("https://localhost:{}/", serve_encrypted());
    let mut with = settings();
    with.certificates = vec![Path::new(FIXTURES).join("authority.pem")];
    with.proxies = Proxies::all(&format!("http://me:secret@127.0.0.1:{}", serve_proxy()));
    assert_eq!(get(with, &url).unwrap(), b"hello");
}
