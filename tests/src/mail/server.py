"""A mail server for a test: python3-aiosmtpd, with TLS, STARTTLS and logins. What it gets becomes files in a directory."""

import asyncio
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Keep:
    def __init__(self, directory, refuse):
        self.directory, self.refuse, self.count = directory, refuse, 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refuse:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        name = os.path.join(self.directory, "%06d" % self.count)
        with open(name + ".eml", "wb") as mail:
            mail.write(envelope.original_content)
        facts = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None or session.peer is not None and settings["tls"] == "implicit",
            "login": str(session.auth_data) if session.authenticated else None,
        }
        with open(name + ".tmp", "w") as envelope_file:
            json.dump(facts, envelope_file)
        # The mail is there when its envelope is.
        os.rename(name + ".tmp", name + ".json")
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    user, password = data.login.decode(), data.password.decode()
    good = [user, password] == [settings["user"], settings["password"]]
    return AuthResult(success=good, handled=False, auth_data=user)


def context():
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(settings["certificate"], settings["key"])
    return made


def protocol():
    options = {"hostname": "mail.example.net", "timeout": 60}
    if settings["tls"] == "starttls":
        options |= {"tls_context": context(), "require_starttls": True}
    if settings["user"]:
        options |= {"authenticator": authenticate, "auth_required": True}
        if settings["tls"] != "starttls":
            # Implicit TLS is not known to the library, and without TLS a test wants to log in all the same.
            options |= {"auth_require_tls": False}
    return SMTP(keep, **options)


async def serve():
    tls = context() if settings["tls"] == "implicit" else None
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, ssl=tls)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Until the test ends, which is the end of standard input.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


settings = json.loads(sys.argv[1])
keep = Keep(settings["directory"], settings["refuse"])
asyncio.run(serve())
