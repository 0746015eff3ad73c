//! The limit for HTTP: an actix server that answers one prepared answer, with the same bytes and headers that Cairn
//! sends, and 304 when `If-None-Match` has its tag.

use std::path::Path;

use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, HeaderName, HeaderValue, IF_NONE_MATCH};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

struct Answer {
    headers: Vec<(HeaderName, HeaderValue)>,
    tag: Option<HeaderValue>,
    body: web::Bytes,
}

/// Writes an answer where [`serve`] reads it.
pub(crate) fn keep(path: &Path, head: &str, body: &[u8]) {
    std::fs::write(path, [head.as_bytes(), body].concat()).unwrap();
}

/// Serves the answer for every request until the process is ended; prints the address first.
pub(crate) fn serve(path: &Path) -> std::io::Result<()> {
    let file = std::fs::read(path)?;
    let head = file.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    let lines = std::str::from_utf8(&file[..head]).unwrap().lines().skip(1);
    let headers: Vec<(HeaderName, HeaderValue)> = lines
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| !["content-length", "date", "connection"].contains(&name.to_ascii_lowercase().as_str()))
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect();
    let tag = headers.iter().find(|(name, _)| *name == ETAG).map(|(_, value)| value.clone());
    let answer = web::Data::new(Answer { headers, tag, body: web::Bytes::copy_from_slice(&file[head..]) });
    actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(move || App::new().app_data(answer.clone()).default_service(web::to(handle)))
            .workers(2)
            .bind("127.0.0.1:0")?;
        println!("{}", server.addrs()[0]);
        server.run().await
    })
}

async fn handle(request: HttpRequest, answer: web::Data<Answer>) -> HttpResponse {
    let fresh = answer.tag.is_some() && request.headers().get(IF_NONE_MATCH) == answer.tag.as_ref();
    let mut response = HttpResponse::build(if fresh { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    for (name, value) in &answer.headers {
        response.insert_header((name.clone(), value.clone()));
    }
    if fresh { response.finish() } else { response.body(answer.body.clone()) }
}
