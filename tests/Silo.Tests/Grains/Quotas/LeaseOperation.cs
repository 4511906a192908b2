namespace Headgate.Silo.Tests.Grains.Quotas;

/// <summary>What happens in a <see cref="LeaseModel"/>.</summary>
internal enum LeaseOperationKind
{
    /// <summary>A host lowers itself and makes a request; it is not delivered yet.</summary>
    Ask,

    /// <summary>A host's newest request is delivered (again, if it was before), and the answer is heard.</summary>
    Deliver,

    /// <summary>It is delivered, and the answer is lost.</summary>
    DeliverAndLose,

    /// <summary>It is delivered, and the silo's write fails before or after it reached storage.</summary>
    DeliverAndFail,

    /// <summary>The host gives up on its newest request.</summary>
    Abandon,

    /// <summary>Some older request arrives, for the first time or once more; nobody heeds the answer.</summary>
    DeliverOld,

    /// <summary>The host stores something.</summary>
    Write,

    /// <summary>It stores something for maintenance.</summary>
    WriteForMaintenance,

    /// <summary>It deletes something.</summary>
    Delete,

    /// <summary>The host's process dies.</summary>
    Crash,

    /// <summary>It comes back with a higher epoch and a recount.</summary>
    Return,

    /// <summary>An earlier process of the host, which has no right to the data folder any more, asks.</summary>
    OldProcessAsks,

    /// <summary>While the host is down, data appear in its folder.</summary>
    Find,

    /// <summary>The administrator changes the limit.</summary>
    SetLimit,

    /// <summary>The administrator fences a host that is down.</summary>
    Fence,

    /// <summary>The administrator fences a host whose data are gone.</summary>
    FenceDataGone,

    /// <summary>One activation of the grain writes what it has only in memory.</summary>
    Flush,

    /// <summary>One activation loses its memory.</summary>
    LoseMemory,

    /// <summary>The database is backed up.</summary>
    Backup,

    /// <summary>The backup is restored; what was under way to the silo is gone.</summary>
    Restore,
}
