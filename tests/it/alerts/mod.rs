//! `pgbackman_alerts`: what is raised, and how it is sent, with a real mail server, a web server and programs.

mod channels;
mod conditions;
mod files;
mod kills;
mod mails;
mod missed;
mod several;
mod support;
