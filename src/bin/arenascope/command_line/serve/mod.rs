//! `arenascope serve`: the built page on loopback, and a relay for the probes of other pages.

pub(crate) mod error;
mod headers;
mod hub;
pub(crate) mod options;
mod relay;
mod site;
mod token;
mod words;

use super::failure::{Failure, print};
use super::interruption::Interruption;
use super::name::Name;
use error::ServeError;
use headers::Rules;
use options::ServeOptions;
use relay::Relay;
use site::site;
use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use token::Token;
use tokio::net::TcpListener;

/// Does what the options say, until it is interrupted.
pub(crate) fn run(options: &ServeOptions) -> Result<(), Failure> {
    let rules = rules_of(&options.dir)?;
    let token = Token::new()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(ServeError::System)?;
    runtime.block_on(serve(options, rules, token))
}

fn rules_of(dir: &Path) -> Result<Rules, ServeError> {
    if !dir.join("index.html").is_file() {
        return Err(ServeError::NoPage { dir: Name::of(dir) });
    }
    let file = dir.join("_headers");
    let text = fs::read_to_string(&file).map_err(|error| ServeError::NoHeaders { file: Name::of(&file), error })?;
    Rules::of(&text).map_err(|error| ServeError::Headers { file: Name::of(&file), error })
}

async fn serve(options: &ServeOptions, rules: Rules, token: Token) -> Result<(), Failure> {
    let mut interruption = Interruption::new().map_err(ServeError::System)?;
    let failed = |error| ServeError::Bind { port: options.port, error };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await.map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    print(&format!("http://127.0.0.1:{port}/#relay={token}\n"))?;
    let site = site(&options.dir, rules, Relay::new(token), port);
    tokio::select! {
        served = axum::serve(listener, site) => served.map_err(ServeError::System)?,
        () = interruption.next() => {}
    }
    Ok(())
}
