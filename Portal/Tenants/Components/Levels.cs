namespace Headgate.Portal.Tenants.Components;

/// <summary>What a connector or access key may do, in words.</summary>
internal static class Levels
{
    /// <summary>Every level, the advised one first. <see cref="AccessLevel.Full"/> is not for a tenant's people to give: the silo refuses them.</summary>
    public static readonly ImmutableArray<(AccessLevel Level, string Name, string Meaning)> All =
    [
        (AccessLevel.AppendOnly, "Add only", "Backs up and restores, deletes nothing: whoever takes over the machine cannot destroy older backups. Old snapshots are removed from elsewhere."),
        (AccessLevel.Full, "Everything", "Also deletes, as restic forget and prune must. Give it to as few machines as you can."),
        (AccessLevel.ReadOnly, "Read only", "Restores and checks. For a machine that only brings data back."),
    ];

    /// <summary>A level's name.</summary>
    public static string Name(AccessLevel level) => All.First(known => known.Level == level).Name;
}
