// The bodies of pushes as GitHub and Gitea send them, with the fields that theirs have.
const REVISION = "1481a2de7b2a7d02428ad93446ab166be7793fbb";
const BEFORE = "17c497ccc7cca9c2f735aa07e9e3813060ce9a6a";
const ADA = { name: "Ada Lovelace", email: "ada@example.org", username: "ada" };
const SITE = "https://git.example.org/ada/engine";

function commit() {
  return {
    id: REVISION,
    tree_id: "f9d2a07e9488b91af2641b26b9407fe22a451433",
    distinct: true,
    message: "Add the engine\n\nAnd its notes.",
    timestamp: "2026-11-30T14:31:22+01:00",
    url: `${SITE}/commit/${REVISION}`,
    author: ADA,
    committer: ADA,
    added: ["engine.c"],
    removed: [],
    modified: [],
  };
}

export function githubPush(): Record<string, unknown> {
  return {
    ref: "refs/heads/main",
    before: BEFORE,
    after: REVISION,
    repository: { id: 35129377, name: "engine", full_name: "Ada/Engine", private: true, html_url: SITE },
    pusher: { name: "ada", email: "ada@example.org" },
    sender: { login: "ada", id: 6752317, type: "User" },
    created: false,
    deleted: false,
    forced: false,
    base_ref: null,
    compare: `${SITE}/compare/17c497ccc7cc...1481a2de7b2a`,
    commits: [commit()],
    head_commit: commit(),
  };
}

export function giteaPush(): Record<string, unknown> {
  const { tree_id: _tree, distinct: _distinct, ...own } = commit();
  return {
    ref: "refs/heads/main",
    before: BEFORE,
    after: REVISION,
    compare_url: `${SITE}/compare/${BEFORE}...${REVISION}`,
    commits: [{ ...own, verification: null }],
    total_commits: 1,
    head_commit: { ...own, verification: null },
    repository: { id: 140, owner: { id: 1, login: "ada" }, name: "engine", full_name: "ada/engine", private: false },
    pusher: { id: 1, login: "ada", full_name: "Ada Lovelace", email: "ada@example.org" },
    sender: { id: 1, login: "ada", full_name: "Ada Lovelace", email: "ada@example.org" },
  };
}
