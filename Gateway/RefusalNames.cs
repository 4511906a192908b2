namespace Headgate.Gateway;

/// <summary>The reasons as counters, heartbeats, logs and metrics name them: <c>unknown-name</c>. Persisted by operators' dashboards, so never renamed.</summary>
internal static class RefusalNames
{
    private static readonly string[] s_names =
    [
        "connection-limit", "source-limit", "handshake-limit", "source-handshake-limit", "tenant-limit",
        "hello-timeout", "hello-torn", "hello-too-long", "hello-malformed", "not-tls", "no-server-name",
        "unknown-name", "unknown-name-rate", "silo-unreachable", "target-unknown", "target-unreachable",
        "ended", "fault",
    ];

    /// <summary>How many reasons there are.</summary>
    public static int Count => s_names.Length;

    /// <summary>The name of <paramref name="refusal"/>.</summary>
    public static string Of(Refusal refusal) => s_names[(int)refusal];
}
