namespace Headgate.EndToEnd.Tests.Copy;

/// <summary>What happens to a gateway.</summary>
internal enum Death
{
    /// <summary>SIGKILL; later it is started again.</summary>
    Killed,

    /// <summary>SIGTERM; as soon as it has ended it is started again.</summary>
    Restarted,

    /// <summary>SIGSTOP; later SIGCONT.</summary>
    Stopped,

    /// <summary>Every packet from and to it is dropped, those to the silo too.</summary>
    CutOff,

    /// <summary>Packets between it and the tenant's machine are dropped; for the silo it is well.</summary>
    CutOffFromTenant,

    /// <summary>Packets between it and the repository are dropped; it takes connections and answers nothing.</summary>
    CutOffFromRepository,
}
