using System.Collections.Concurrent;

namespace Headgate.Grains.Embedded.Tests.Stress;

public interface IStressGrain : IGrainWithStringKey
{
    Task<int> WorkAsync(int seed, string? next, CancellationToken cancellationToken);

    Task EndAsync();

    [AlwaysInterleave]
    Task PeekAsync(int turns);
}

/// <summary>Counts what must never be: a second turn or a second call at the same time, a second activation of its key.</summary>
public sealed class StressGrain : Grain, IStressGrain
{
    internal static readonly ConcurrentDictionary<string, int> Alive = new();
    private static long s_faults;
    private static long s_activations;
    private static long s_ticks;
    private int _turns;
    private int _calls;

    internal static long Faults => Interlocked.Read(ref s_faults);

    internal static long Activations => Interlocked.Read(ref s_activations);

    internal static long Ticks => Interlocked.Read(ref s_ticks);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref s_activations);
        Check(Alive.AddOrUpdate(this.GetPrimaryKeyString(), 1, static (_, n) => n + 1) == 1);
        if (this.GetPrimaryKeyString().EndsWith('7'))
        {
            this.RegisterGrainTimer(
                static (self, token) => self.TickAsync(), this, new GrainTimerCreationOptions(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(50)));
        }

        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await Task.Yield();
        Check(_calls == 0);
        Alive.AddOrUpdate(this.GetPrimaryKeyString(), -1, static (_, n) => n - 1);
    }

    public async Task<int> WorkAsync(int seed, string? next, CancellationToken cancellationToken)
    {
        Check(++_calls == 1);
        try
        {
            for (var i = 0; i < seed % 4; i++)
            {
                Turn();
                await Task.Yield();
            }

            Turn();
            return next is null ? 1 : 1 + await GrainFactory.GetGrain<IStressGrain>(next).WorkAsync(seed / 4, null, cancellationToken);
        }
        finally
        {
            _calls--;
        }
    }

    public Task EndAsync()
    {
        Turn();
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task PeekAsync(int turns)
    {
        for (var i = 0; i < turns; i++)
        {
            Turn();
            await Task.Yield();
        }
    }

    private static void Check(bool holds) => Interlocked.Add(ref s_faults, holds ? 0 : 1);

    private async Task TickAsync()
    {
        Check(++_calls == 1);
        Turn();
        await Task.Yield();
        Turn();
        _calls--;
        Interlocked.Increment(ref s_ticks);
    }

    private void Turn()
    {
        Check(Interlocked.Increment(ref _turns) == 1);
        Thread.SpinWait(10);
        Check(Interlocked.Decrement(ref _turns) == 0);
    }
}
