//! The client: tries, follows redirects, reads the body, and says what went wrong.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use base64::Engine as _;
use url::Url;

use crate::address::{Origin, is_loopback, names_host, without_credentials};

use super::agents::{Agents, Verification};
use super::answer::{Answer, Sink, Step, header, receive, response};
use super::credentials::Credentials;
use super::failure::{Failure, failed, with_tries};
use super::{ByteRange, Fetch, FetchError, HttpSettings, Request, Response, retry};

/// More redirects than this are a circle.
const MOST_REDIRECTS: u32 = 10;

/// The network.
///
/// A server that could not be reached in all tries is not asked again by the same `Http`, so that a
/// hundred requests fail as fast as one. A program that runs for long makes a new one for each job.
#[derive(Debug)]
pub struct Http {
    settings: HttpSettings,
    credentials: OnceLock<Credentials>,
    agents: Agents,
    unreachable: Mutex<BTreeSet<Origin>>,
}

impl Http {
    /// A client with these settings. Nothing is read or opened before the first request.
    pub fn new(settings: HttpSettings) -> Self {
        Self {
            settings,
            credentials: OnceLock::new(),
            agents: Agents::default(),
            unreachable: Mutex::new(BTreeSet::new()),
        }
    }

    fn run(&self, request: &Request, mut sink: Sink<'_>) -> Result<Response, FetchError> {
        let asked = parse(&request.url)?;
        let mut tries = 1;
        loop {
            let failure = match self.follow(request, &asked, &mut sink) {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            let wait = Some(&failure)
                .filter(|failure| failure.passing && tries <= self.settings.retries)
                .and_then(|failure| {
                    let asked_for = failure.retry_after;
                    retry::delay(tries, self.settings.backoff, asked_for, asked.path())
                });
            let Some(wait) = wait else {
                let error = with_tries(*failure.error, tries, failure.retry_after);
                if let Some(origin) = failure.unreachable {
                    self.lock_unreachable().insert(origin);
                }
                return Err(error);
            };
            std::thread::sleep(wait);
            tries += 1;
        }
    }

    /// One try, redirects included.
    fn follow(
        &self,
        request: &Request,
        asked: &Url,
        sink: &mut Sink<'_>,
    ) -> Result<Response, Failure> {
        let mut url = asked.clone();
        for _ in 0..=MOST_REDIRECTS {
            let step = Step {
                request,
                asked,
                shown: without_credentials(url.as_str()),
                url,
            };
            let mut answer = self.send(&step)?;
            let status = answer.status().as_u16();
            match status {
                200 | 206 => return receive(&step, &mut answer, sink),
                304 => return Ok(response(&step, &answer)),
                301 | 302 | 303 | 307 | 308 => url = self.redirected(&step, &answer)?,
                _ => return Err(self.refused(&step, &answer)),
            }
        }
        Err(FetchError::Redirect {
            url: without_credentials(asked.as_str()),
            reason: format!("it redirects more than {MOST_REDIRECTS} times"),
        }
        .into())
    }

    fn send(&self, step: &Step<'_>) -> Result<Answer, Failure> {
        let origin = Origin::of(&step.url);
        if self.lock_unreachable().contains(&origin) {
            return Err(FetchError::Connection {
                url: step.shown.clone(),
                reason: format!("`{origin}` could not be reached before"),
                source: None,
            }
            .into());
        }
        let trusted = self
            .settings
            .trusted_hosts
            .iter()
            .any(|pattern| names_host(pattern, &step.url));
        let verification = match (step.url.scheme(), trusted) {
            ("https", true) => Verification::Off,
            ("https", false) => Verification::Strict,
            (_, true) => Verification::Plain,
            _ if is_loopback(origin.host()) => Verification::Plain,
            _ => {
                return Err(FetchError::NotEncrypted {
                    url: step.shown.clone(),
                    host: origin.host().to_owned(),
                }
                .into());
            }
        };
        let proxy = self.settings.proxies.find(&step.url);
        let agent = self
            .agents
            .agent(&self.settings, step.url.as_str(), proxy, verification)?;
        let mut bare = step.url.clone();
        // both fail only for addresses that cannot have credentials
        let _ = bare.set_username("");
        let _ = bare.set_password(None);
        let mut builder = agent
            .get(bare.as_str())
            .header("Accept", &step.request.accept);
        for (name, value) in headers(step.request) {
            builder = builder.header(name, value);
        }
        if let Some((user, password)) = self.credentials().find(&step.url, step.asked) {
            let token =
                base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
            builder = builder.header("Authorization", format!("Basic {token}"));
        }
        builder
            .call()
            .map_err(|error| failed(error, step, &origin, proxy))
    }

    fn redirected(&self, step: &Step<'_>, answer: &Answer) -> Result<Url, Failure> {
        let fail = |reason: String| FetchError::Redirect {
            url: step.shown.clone(),
            reason,
        };
        let location = header(answer, "location")
            .ok_or_else(|| fail("it redirects without saying where to".to_owned()))?;
        let mut target = step
            .url
            .join(&location)
            .map_err(|error| fail(format!("it redirects to no address: {error}")))?;
        let shown = without_credentials(target.as_str());
        if !matches!(target.scheme(), "http" | "https") {
            return Err(fail(format!("it redirects to `{shown}`")).into());
        }
        let trusted = &self.settings.trusted_hosts;
        if step.url.scheme() == "https"
            && target.scheme() == "http"
            && !trusted.iter().any(|pattern| names_host(pattern, &target))
        {
            return Err(fail(format!("it redirects to `{shown}`, which is not encrypted")).into());
        }
        // the server that redirects must not choose what we say elsewhere
        let _ = target.set_username("");
        let _ = target.set_password(None);
        Ok(target)
    }

    fn refused(&self, step: &Step<'_>, answer: &Answer) -> Failure {
        let status = answer.status().as_u16();
        let url = step.shown.clone();
        let error = if matches!(status, 401 | 403) {
            let credentials = self.credentials();
            let mut reason = match credentials.find(&step.url, step.asked) {
                Some(_) => "the credentials are not accepted".to_owned(),
                None => "there are no credentials for this host".to_owned(),
            };
            if let Some(problem) = &credentials.netrc_problem {
                reason = format!("{reason} ({problem})");
            }
            FetchError::NotAllowed {
                url,
                status,
                reason,
            }
        } else {
            FetchError::Status {
                url,
                status,
                detail: String::new(),
            }
        };
        Failure {
            error: Box::new(error),
            passing: retry::is_passing(status),
            // a date would need a clock; such a header counts as none
            retry_after: header(answer, "retry-after").and_then(|text| text.trim().parse().ok()),
            unreachable: None,
        }
    }

    fn credentials(&self) -> &Credentials {
        self.credentials.get_or_init(|| {
            Credentials::new(&self.settings.credentials, self.settings.netrc.as_deref())
        })
    }

    fn lock_unreachable(&self) -> MutexGuard<'_, BTreeSet<Origin>> {
        // the set is whole between any two statements, whoever panicked
        self.unreachable
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fetch for Http {
    fn fetch(&self, request: &Request) -> Result<Response, FetchError> {
        let mut body = Vec::new();
        let mut response = self.run(request, Sink::Memory(&mut body))?;
        response.body = body;
        Ok(response)
    }

    fn download(&self, request: &Request, file: &mut fs_err::File) -> Result<Response, FetchError> {
        self.run(request, Sink::File(file))
    }
}

fn parse(address: &str) -> Result<Url, FetchError> {
    let fail = |reason: String| FetchError::Address {
        url: without_credentials(address),
        reason,
    };
    let url = Url::parse(address).map_err(|error| fail(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(fail(format!(
            "`{}` is neither http nor https",
            url.scheme()
        )));
    }
    Ok(url)
}

fn headers(request: &Request) -> Vec<(&'static str, String)> {
    let mut headers = Vec::new();
    if let Some(range) = request.range {
        let range = match range {
            ByteRange::Last(count) => format!("bytes=-{count}"),
            ByteRange::Between(start, end) => format!("bytes={start}-{}", end.saturating_sub(1)),
        };
        headers.push(("Range", range));
        // offsets count in the file as it is
        headers.push(("Accept-Encoding", "identity".to_owned()));
    }
    if let Some(etag) = &request.if_none_match {
        headers.push(("If-None-Match", etag.clone()));
    }
    if let Some(date) = &request.if_modified_since {
        headers.push(("If-Modified-Since", date.clone()));
    }
    headers
}
