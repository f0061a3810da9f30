//! Serves the package over HTTP.

use std::fs;
use std::io::{self, Cursor};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use tiny_http::{Header, Method, Request, Response, Server};

use super::packument::{Detail, packument};
use crate::package::NAME;
use crate::package::npm::FILE;

/// How many requests are answered at a time.
const THREADS: usize = 4;

/// A registry that has the package alone.
#[derive(Debug)]
pub struct Registry {
    tarball: Vec<u8>,
    url: String,
}

impl Registry {
    /// The registry of the package that is in this directory, packed for npm, at a socket that listens.
    ///
    /// # Errors
    /// It is not there, or the socket has no address.
    pub fn of(directory: &Path, listener: &TcpListener) -> io::Result<Self> {
        let tarball = fs::read(directory.join(FILE))?;
        Ok(Self { tarball, url: format!("http://{}", listener.local_addr()?) })
    }

    /// Serves clients from now on, until this process ends.
    ///
    /// # Errors
    /// The socket or a thread is refused.
    pub fn serve(self, listener: TcpListener) -> io::Result<()> {
        let server = Arc::new(Server::from_listener(listener, None).map_err(io::Error::other)?);
        let registry = Arc::new(self);
        for _ in 0..THREADS {
            let (server, registry) = (Arc::clone(&server), Arc::clone(&registry));
            thread::Builder::new().spawn(move || {
                for request in server.incoming_requests() {
                    let response = registry.answer(&request);
                    // Who hangs up early has seen enough.
                    let _ = request.respond(response);
                }
            })?;
        }
        Ok(())
    }

    fn answer(&self, request: &Request) -> Response<Cursor<Vec<u8>>> {
        let (code, media_type, bytes) = match (request.method(), request.url()) {
            (Method::Get | Method::Head, url) if url.strip_prefix('/') == Some(NAME) => {
                let detail = Detail::wanted(accepted(request));
                let document = packument(&self.tarball, &self.url, detail);
                (200, detail.media_type(), document.to_string().into_bytes())
            }
            (Method::Get | Method::Head, url) if url == format!("/{NAME}/-/{FILE}") => {
                (200, "application/octet-stream", self.tarball.clone())
            }
            _ => (404, "application/json", b"{\"error\":\"not found\"}".to_vec()),
        };
        let response = Response::from_data(bytes).with_status_code(code);
        // All at once, with its length.
        let response = response.with_chunked_threshold(usize::MAX);
        match Header::from_bytes("Content-Type", media_type) {
            Ok(header) => response.with_header(header),
            Err(()) => response,
        }
    }
}

/// The media types that a client accepts.
fn accepted(request: &Request) -> &str {
    let accept = request.headers().iter().find(|header| header.field.equiv("Accept"));
    accept.map_or("", |header| header.value.as_str())
}
