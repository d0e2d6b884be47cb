//! The chapter "First steps" of the manual, typed line by line.
//!
//! What cannot happen in a test stands in [`Scene::instead`]: each such line is named there with what is done in its place. A
//! line that is neither there nor runs fails the test, and so does an answer `[Done] …` that the chapter shows and the programs
//! do not give.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::Duration;

use pgbackman_tests::namespace::{self, Namespace};
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::{Daemon, Output, Sandbox, run};
use pgbackman_tests::wait;

/// How long a job of `at` and what it starts may take.
const DEADLINE: Duration = Duration::from_secs(240);

/// A line that somebody types, and the answers that the chapter shows below it.
#[derive(Debug)]
struct Typed {
    prompt: Prompt,
    line: String,
    answers: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prompt {
    Root,
    JobUser,
    Shell,
}

/// Every line that is typed in the chapter's code, in order.
fn typed(chapter: &str) -> Vec<Typed> {
    let prompts = [
        ("# ", Prompt::Root),
        ("$ ", Prompt::JobUser),
        ("[pgbackman]$ ", Prompt::Shell),
    ];
    let mut all: Vec<Typed> = Vec::new();
    let mut in_code = false;
    for line in chapter.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
            continue;
        }
        if !in_code {
            continue;
        }
        let found = prompts
            .iter()
            .find_map(|(prefix, prompt)| Some((line.strip_prefix(prefix)?, *prompt)));
        match (found, all.last_mut()) {
            (Some((line, prompt)), _) => all.push(Typed {
                prompt,
                line: line.to_owned(),
                answers: Vec::new(),
            }),
            (None, Some(last)) => last.answers.push(line.to_owned()),
            (None, None) => {}
        }
    }
    all
}

struct Scene {
    local: Cluster,
    /// `pg-node01` to `pg-node03`.
    nodes: [Cluster; 3],
    services: Vec<Daemon>,
    inside: Namespace,
    sandbox: Sandbox<'static>,
}

impl Scene {
    fn new() -> Self {
        let sandbox = Sandbox::for_namespace();
        let inside = Namespace::around(&sandbox);
        let nodes = ["orders", "hr", "wiki"].map(|name| {
            let node = Cluster::private(Version::Installed);
            node.psql("postgres", &format!("CREATE DATABASE {name}"));
            node.psql(
                name,
                "CREATE TABLE item AS SELECT n FROM generate_series(1, 1000) AS n",
            );
            node
        });
        Self {
            local: Cluster::private(Version::Installed),
            nodes,
            services: Vec::new(),
            inside,
            sandbox,
        }
    }

    /// The addresses of this test in place of the chapter's names.
    fn translated(&self, line: &str) -> String {
        let mut line = line
            // Other tests keep the machine busy.
            .replace("status_info --check", "status_info --check --timeout 2min")
            .replace(
                "node --local",
                &format!(
                    "node {} --port {}",
                    self.local.socket_dir().display(),
                    self.local.port()
                ),
            )
            .replace(
                "/var/run/postgresql",
                &self.local.socket_dir().display().to_string(),
            );
        for (number, node) in self.nodes.iter().enumerate() {
            let name = format!("pg-node0{}.example.net", number + 1);
            let port = node.port();
            line = line
                .replace(
                    &format!("setup node {name}"),
                    &format!("setup node 127.0.0.1 --port {port}"),
                )
                .replace(&format!("-h {name}"), &format!("-h 127.0.0.1 -p {port}"))
                .replace(&name, &format!("127.0.0.1:{port}"));
        }
        line
    }

    /// What is done where a line cannot be typed as it stands; `None`: it can.
    fn instead(&mut self, typed: &Typed) -> Option<String> {
        match typed.line.as_str() {
            // Its catalogue is that of the sandbox, and there is no systemd to start services.
            "pgbackman_setup server --embedded" => {
                let mut command = self.sandbox.command("pgbackman_setup");
                command.args(["server", "--no-start"]);
                let said = self.inside.run(&command);
                for service in ["pgbackman_control", "pgbackman_maintenance"] {
                    let daemon = self.inside.spawn(&self.sandbox.command(service));
                    self.services.push(daemon);
                }
                self.services.push(self.inside.start_atd());
                Some(said.stdout)
            }
            // The home directory of the sandbox's user.
            "cat /var/lib/pgbackman/.pgpass" => {
                let file = self.sandbox.home().join(".pgpass");
                let lines = self.nodes.iter().map(|node| {
                    let port = node.port();
                    format!("127.0.0.1:{port}:*:postgres:{}\n", Cluster::PASSWORD)
                });
                fs::write(&file, lines.collect::<String>()).unwrap();
                let account = namespace::job_account();
                std::os::unix::fs::chown(&file, Some(account.uid), Some(account.gid)).unwrap();
                fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
                Some(String::new())
            }
            "chown pgbackman /var/lib/pgbackman/.pgpass"
            | "chmod 600 /var/lib/pgbackman/.pgpass"
            // What follows is run as that user, and each line of the shell by itself.
            | "su - pgbackman"
            | "pgbackman"
            | "quit" => Some(String::new()),
            _ => None,
        }
    }

    fn run(&self, typed: &Typed) -> Output {
        let line = self.translated(&typed.line);
        let words = shell_words(&line);
        let mut command = match (typed.prompt, words[0].as_str()) {
            (Prompt::Shell, _) => {
                let mut command = self.sandbox.command("pgbackman");
                command.args(["-C", &line]);
                command
            }
            (_, "psql") => {
                let mut command = Command::new(Version::Installed.bin_dir().join("psql"));
                command
                    .args(["-X", "-A", "-t"])
                    .args(&words[1..])
                    .env("HOME", self.sandbox.home());
                command
            }
            (_, program) if program.starts_with("pgbackman") => {
                let mut command = self.sandbox.command(program);
                command.args(&words[1..]);
                command
            }
            _ => panic!("the test does not know how to run {line:?}"),
        };
        let mut command = match typed.prompt {
            Prompt::Root => self.inside.enter(&command),
            Prompt::JobUser | Prompt::Shell => {
                command.env("HOME", self.sandbox.home());
                self.inside.enter_as_job_user(&command)
            }
        };
        run(&mut command, b"", DEADLINE)
    }

    /// Until the catalogue has so many backups or restores that SUCCEEDED.
    fn wait_for(&self, table: &str, count: usize) {
        wait::until(DEADLINE, format!("{count} of {table}"), || {
            let said = self.sandbox.catalogue().psql(&format!(
                "SELECT count(*) FROM {table} WHERE execution_status = 'SUCCEEDED'"
            ));
            (said.trim() == count.to_string()).then_some(())
        });
    }
}

/// The words of a line without anything that a shell expands.
fn shell_words(line: &str) -> Vec<String> {
    pgbackman_core::domain::text::words::split(line).unwrap()
}

#[test]
fn f4_the_chapter_first_steps_is_true_line_by_line() {
    if !namespace::available() {
        return;
    }
    let chapter = fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../docs/manual/first-steps.md"
    ))
    .unwrap();
    let lines = typed(&chapter);
    assert!(lines.len() > 20, "{lines:#?}");
    let mut scene = Scene::new();
    for typed in &lines {
        let said = if let Some(said) = scene.instead(typed) {
            said
        } else {
            let output = scene.run(typed);
            // Warnings are what the two checks are there for: no definition of the night has a backup yet, and no cron runs.
            let is_check = typed.line.contains("--check");
            assert!(
                output.code == 0 || is_check,
                "{:?} ended with {}\n{}{}",
                typed.line,
                output.code,
                output.stdout,
                output.stderr
            );
            assert!(
                !is_check
                    || ["WARNING", "ERROR", "CRITICAL"]
                        .iter()
                        .any(|word| output.stdout.contains(word)),
                "{typed:#?}\n{}{}",
                output.stdout,
                output.stderr
            );
            output.stdout
        };
        for answer in &typed.answers {
            if answer.starts_with("[Done]") {
                let answer = scene.translated(answer);
                assert!(said.contains(&answer), "{typed:#?}\n{said}");
            }
        }
        // What the reader waits for.
        match typed.line.as_str() {
            "pgbackman_setup node --local --now" => scene.wait_for("backup_catalog", 1),
            "show_snapshot_definitions" => scene.wait_for("backup_catalog", 2),
            line if line.contains("register_restore_definition") => {
                scene.wait_for("restore_catalog", 1);
            }
            line if line.starts_with("psql") => assert_eq!(said.trim(), "1000"),
            line if line.contains("dbname=orders'") => {
                assert!(
                    said.contains("| 000000002 |") && said.contains(" orders "),
                    "{said}"
                );
            }
            _ => {}
        }
    }
}
