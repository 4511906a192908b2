namespace Headgate.Portal.Provider.Activity;

/// <summary>Kinds of entries that belong together, for the filter.</summary>
internal static class ActivityGroups
{
    private static readonly ImmutableArray<(string Name, string Text, string[] Kinds)> s_groups =
    [
        ("tenants", "Tenants", ["tenant-created", "tenant-changed", "lease-ended", "entitled", "quota-set"]),
        ("access", "Enrolment and keys",
            ["code-created", "code-used-again", "enrolled", "renewed", "revoked", "access-key-created", "access-key-revoked", "fleet-token-created", "fleet-token-revoked"]),
        ("hosts", "Gateways and repositories", ["gateway-created", "gateway-changed", "gateway-not-believed", "repository-created", "repository-moved"]),
        ("runs", "Runs", ["run-cancelled"]),
        ("drills", "Failover drills", ["drill-started", "drill-ended", "drill-scheduled", "run-path-closed"]),
        ("accounts", "Accounts",
            ["account-created", "account-changed", "account-disabled", "account-enabled", "account-deleted", "password-reset", "password-changed",
             "second-factor-enabled", "second-factor-disabled", "second-factor-cleared"]),
        ("sign-ins", "Sign-ins", ["signed-in", "sign-in-refused", "password-refused", "recovery-code-used", "account-locked"]),
    ];

    /// <summary>The choices above the list.</summary>
    public static IReadOnlyList<ListFilter> Filters { get; } = [new(null, "All"), .. s_groups.Select(group => new ListFilter(group.Name, group.Text))];

    /// <summary>What the directory takes for a choice; whatever is no group goes on as it is, a kind or nonsense.</summary>
    public static string? ToFilter(string? choice) =>
        s_groups.FirstOrDefault(group => group.Name == choice) is { Kinds: { } kinds } ? string.Join(',', kinds) : choice;
}
