using Orleans.Engine;
using Orleans.Runtime;

namespace Orleans;

/// <summary>What a grain can ask of its own activation.</summary>
public static class GrainBaseExtensions
{
    /// <summary>Ends this activation as soon as no call runs in it. The next call makes a new one.</summary>
    /// <param name="grain">The grain itself.</param>
    public static void DeactivateOnIdle(this IGrainBase grain) =>
        grain.GrainContext.Deactivate(new(DeactivationReasonCode.ApplicationRequested, $"{nameof(DeactivateOnIdle)} was called."));

    /// <summary>
    /// Calls <paramref name="callback"/> when due and then each period, counted from the end of the tick before. A tick is a turn like any
    /// call: it passes through the filters and never overlaps a call unless the options say so. What it throws is logged; the next tick comes all the same.
    /// </summary>
    /// <param name="grain">The grain itself; only from within one of its turns.</param>
    /// <param name="callback">What to do; its token is cancelled when the timer is disposed or the activation ends.</param>
    /// <param name="state">Handed to the callback.</param>
    /// <param name="options">Due time, period, and how ticks mix with calls.</param>
    /// <typeparam name="TState">The type of <paramref name="state"/>.</typeparam>
    /// <returns>The timer; disposing it ends the ticks. It ends with the activation at the latest.</returns>
    /// <exception cref="InvalidOperationException">Called from outside of the grain's turns.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Due time or period is negative and not infinite, or longer than 49 days.</exception>
    public static IGrainTimer RegisterGrainTimer<TState>(
        this IGrainBase grain, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return Activation.Owner(grain).AddTimer(token => callback(state, token), options);
    }

    /// <inheritdoc cref="RegisterGrainTimer{TState}(IGrainBase, Func{TState, CancellationToken, Task}, TState, GrainTimerCreationOptions)"/>
    public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return Activation.Owner(grain).AddTimer(callback, options);
    }
}
