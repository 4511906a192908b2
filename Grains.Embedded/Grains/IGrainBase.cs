using Orleans.Runtime;

namespace Orleans;

/// <summary>What the engine asks of a grain class. <see cref="Grain"/> implements it.</summary>
public interface IGrainBase
{
    /// <summary>The activation that this object belongs to.</summary>
    IGrainContext GrainContext { get; }

    /// <summary>Runs before the first call, when all persistent state has been read. A failure reaches every caller that waits, and the activation is dropped.</summary>
    /// <param name="token">Cancelled when activation takes longer than <c>GrainCollectionOptions.ActivationTimeout</c>.</param>
    Task OnActivateAsync(CancellationToken token) => Task.CompletedTask;

    /// <summary>Runs after the last call. A failure is logged and changes nothing.</summary>
    /// <param name="reason">Why the activation ends.</param>
    /// <param name="token">Cancelled when deactivation should hurry.</param>
    Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask;
}
