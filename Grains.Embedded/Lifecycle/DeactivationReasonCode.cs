namespace Orleans;

/// <summary>Kinds of reasons for an activation's end. The embedded engine gives those marked so.</summary>
public enum DeactivationReasonCode : byte
{
    /// <summary>Not told.</summary>
    None,

    /// <summary>The host stops. Given by the embedded engine.</summary>
    ShuttingDown,

    /// <summary>The constructor, a state's read or <c>OnActivateAsync</c> failed. Given by the embedded engine.</summary>
    ActivationFailed,

    /// <summary>The directory of activations failed.</summary>
    DirectoryFailure,

    /// <summary>No call for longer than the collection age. Given by the embedded engine.</summary>
    ActivationIdle,

    /// <summary>The activation did not answer.</summary>
    ActivationUnresponsive,

    /// <summary>Another activation of the same grain exists.</summary>
    DuplicateActivation,

    /// <summary>A call needs another version of the grain.</summary>
    IncompatibleRequest,

    /// <summary>An error that the activation must not outlive. Given by the embedded engine.</summary>
    ApplicationError,

    /// <summary>The grain asked for it. Given by the embedded engine.</summary>
    ApplicationRequested,

    /// <summary>The activation moves to another host.</summary>
    Migrating,

    /// <summary>The engine asked for it.</summary>
    RuntimeRequested,

    /// <summary>Memory ran short.</summary>
    HighMemoryPressure,
}
