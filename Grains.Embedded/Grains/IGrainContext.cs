namespace Orleans.Runtime;

/// <summary>One activation of a grain, as seen from inside and from filters.</summary>
public interface IGrainContext : IEquatable<IGrainContext>
{
    /// <summary>Which grain this is an activation of.</summary>
    GrainId GrainId { get; }

    /// <summary>The grain object; null until it is constructed.</summary>
    object? GrainInstance { get; }

    /// <summary>Services of this activation: a scope that ends with it.</summary>
    IServiceProvider ActivationServices { get; }

    /// <summary>Completes when the activation has ended. Never faults.</summary>
    Task Deactivated { get; }

    /// <summary>Ends the activation as soon as no call runs in it; returns at once.</summary>
    /// <param name="deactivationReason">Handed to <see cref="IGrainBase.OnDeactivateAsync"/>.</param>
    /// <param name="cancellationToken">Cancelled when deactivation should hurry.</param>
    void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default);
}
