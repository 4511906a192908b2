namespace Headgate.Silo.Storage;

/// <summary>
/// What every grain's state has beside its own fields: words for others that are committed together with it. Storage empties the lists when the
/// transaction has been committed.
/// </summary>
[GenerateSerializer]
internal abstract class StoredState
{
    /// <summary>Events for the edge log.</summary>
    [Id(0)]
    public List<EdgeMessage> Outbox { get; set; } = [];

    /// <summary>Entries for the audit table.</summary>
    [Id(1)]
    public List<AuditEntry> Audit { get; set; } = [];

    /// <summary>Certificates that were issued by this change.</summary>
    [Id(2)]
    public List<IssuedEntry> Issued { get; set; } = [];

    /// <summary>Drops what the sweeper deletes from the tables without asking, so that no write brings it back.</summary>
    internal virtual void Forget(DateTimeOffset now)
    {
    }

    internal virtual void Written()
    {
        Outbox.Clear();
        Audit.Clear();
        Issued.Clear();
    }
}
