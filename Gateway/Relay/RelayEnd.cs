namespace Headgate.Gateway.Relay;

/// <summary>How a relayed connection ended: which side, and why. Anything but <see cref="Completed"/> resets both sides.</summary>
internal enum RelayEnd
{
    /// <summary>Still running.</summary>
    None,

    /// <summary>Both sides ended their direction and everything was delivered.</summary>
    Completed,

    /// <summary>The tenant's side reset the connection.</summary>
    TenantReset,

    /// <summary>The target reset the connection.</summary>
    TargetReset,

    /// <summary>The tenant's side is gone: keep-alive or retransmission gave up, or the network said unreachable.</summary>
    TenantLost,

    /// <summary>The target is gone, likewise.</summary>
    TargetLost,

    /// <summary>The tenant's side stopped reading for longer than the stall limit.</summary>
    TenantStalled,

    /// <summary>The target stopped reading for longer than the stall limit.</summary>
    TargetStalled,

    /// <summary>No byte moved either way for longer than the idle limit.</summary>
    Idle,

    /// <summary>This gateway ended it: route closed, disabled, or the drain timeout passed.</summary>
    Aborted,

    /// <summary>A fault of this program.</summary>
    Fault,
}
