using System.Threading.Channels;

namespace Headgate.Grains.Bench;

/// <summary>No engine: the same interface, called directly. Not safe for several callers; each has its own.</summary>
internal sealed class DirectCounter : ICounter
{
    private int _sum;

    public Task<int> AddAsync(int by, CancellationToken cancellationToken) => Task.FromResult(_sum += by);

    public Task<long[]> CallAsync(string key, int times) => throw new NotSupportedException();
}

/// <summary>One call at a time by a semaphore: the least that one would write by hand. No identity, no timeout, no copies.</summary>
internal sealed class SemaphoreCounter : ICounter
{
    private readonly SemaphoreSlim _turn = new(1);
    private int _sum;

    public async Task<int> AddAsync(int by, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return _sum += by;
        }
        finally
        {
            _turn.Release();
        }
    }

    public Task<long[]> CallAsync(string key, int times) => throw new NotSupportedException();
}

/// <summary>A bare actor: a channel as mailbox and a loop that takes one call at a time.</summary>
internal sealed class ChannelCounter : ICounter
{
    private readonly Channel<(int By, TaskCompletionSource<int> Reply)> _mailbox =
        Channel.CreateUnbounded<(int, TaskCompletionSource<int>)>(new() { SingleReader = true });

    private int _sum;

    internal ChannelCounter() => Loop = Task.Run(RunAsync);

    internal Task Loop { get; }

    public Task<int> AddAsync(int by, CancellationToken cancellationToken)
    {
        var reply = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        _mailbox.Writer.TryWrite((by, reply));
        return reply.Task;
    }

    public Task<long[]> CallAsync(string key, int times) => throw new NotSupportedException();

    private async Task RunAsync()
    {
        await foreach (var (by, reply) in _mailbox.Reader.ReadAllAsync())
        {
            reply.SetResult(_sum += by);
        }
    }
}
