using System.Collections.Concurrent;
using Headgate.Grains.Embedded.Tests.Support;
using Orleans.Configuration;

namespace Headgate.Grains.Embedded.Tests.Stress;

public interface IStressGrain : IGrainWithStringKey
{
    Task<int> WorkAsync(int seed, string? next, CancellationToken cancellationToken);

    Task EndAsync();
}

/// <summary>Counts what must never be: a second turn or a second call at the same time, a second activation of its key.</summary>
public sealed class StressGrain : Grain, IStressGrain
{
    internal static readonly ConcurrentDictionary<string, int> Alive = new();
    internal static int Faults;
    internal static int Activations;
    private int _turns;
    private int _calls;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref Activations);
        Check(Alive.AddOrUpdate(this.GetPrimaryKeyString(), 1, static (_, n) => n + 1) == 1);
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

    private static void Check(bool holds) => Interlocked.Add(ref Faults, holds ? 0 : 1);

    private void Turn()
    {
        Check(Interlocked.Increment(ref _turns) == 1);
        Thread.SpinWait(20);
        Check(Interlocked.Decrement(ref _turns) == 0);
    }
}

public sealed class StressTests
{
    private const int Callers = 64;
    private const int CallsEach = 600;
    private const int Keys = 300;

    [Fact]
    public async Task ManyCallers_OverActivationsThatComeAndGo_NeverMeetInOne()
    {
        await using var host = await TestHost.StartAsync(
            silo => silo.Configure<GrainCollectionOptions>(options => (options.CollectionAge, options.CollectionQuantum) = (TimeSpan.FromMilliseconds(40), TimeSpan.FromMilliseconds(20))),
            TimeProvider.System);
        var (answered, cancelled, refused) = (0, 0, 0);
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            var random = new Random(caller);
            for (var i = 0; i < CallsEach; i++)
            {
                var key = random.Next(Keys);
                var grain = host.Get<IStressGrain>($"s{key}");
                if (random.Next(10) == 0)
                {
                    await grain.EndAsync();
                    continue;
                }

                // A call goes to higher keys only, so that no two calls cross.
                var next = random.Next(3) == 0 ? $"s{key + 1 + random.Next(Keys)}" : null;
                using var cancel = new CancellationTokenSource();
                var call = grain.WorkAsync(random.Next(1000), next, random.Next(2) == 0 ? cancel.Token : default);
                if (random.Next(20) == 0)
                {
                    await cancel.CancelAsync();
                }

                try
                {
                    Interlocked.Add(ref answered, await call);
                }
                catch (OperationCanceledException)
                {
                    Interlocked.Increment(ref cancelled);
                }
                catch (OrleansMessageRejectionException)
                {
                    // An engine may give up on a call that met several activations in a row just when they ended.
                    Interlocked.Increment(ref refused);
                }
            }
        })));

        await host.StopAsync();
        Assert.Equal(0, StressGrain.Faults);
        Assert.All(StressGrain.Alive, static pair => Assert.Equal(0, pair.Value));
        Assert.True(answered > Callers * CallsEach * 8 / 10, $"{answered} answers");
        Assert.True(cancelled > 0, "no call was cancelled");
        Assert.True(refused < Callers * CallsEach / 100, $"{refused} calls were refused");
        Assert.True(StressGrain.Activations > Keys * 2, $"{StressGrain.Activations} activations");
    }
}
