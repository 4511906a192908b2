using System.Net;
using System.Text.Json;

namespace Headgate.EndToEnd.Tests.Faults;

/// <summary>
/// Uploads random objects without end, and deletes some of them, most of all when the quota is full. Knows of each object what was answered: stored, gone, or (when no
/// answer came) that it cannot know. Stops between two requests when it is told to rest.
/// </summary>
internal sealed class QuotaWriter(JsonElement accessKey, string authority, IPEndPoint gateway, string path, int seed)
{
    private readonly Random _random = new(seed);
    private readonly CancellationTokenSource _end = new();
    private volatile TaskCompletionSource _awake = Awake();
    private volatile TaskCompletionSource _resting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _work = Task.CompletedTask;

    /// <summary>Objects whose upload was answered with 200, and that were not deleted since. Look while it rests.</summary>
    public HashSet<string> Stored { get; } = [];

    /// <summary>Objects whose deletion was answered with 200.</summary>
    public HashSet<string> Gone { get; } = [];

    /// <summary>Objects with a request that was never answered.</summary>
    public HashSet<string> Doubtful { get; } = [];

    /// <summary>Requests that were answered.</summary>
    public int Answered;

    /// <summary>Uploads that were refused because the quota is full.</summary>
    public int Full;

    /// <summary>Answers that should not be.</summary>
    public List<string> Odd { get; } = [];

    public void Start() => _work = Task.Run(WorkAsync);

    /// <summary>Done when no request is under way, and none will be until <see cref="GoOn"/>.</summary>
    public Task RestAsync()
    {
        _resting = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _awake = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return Task.WhenAny(_resting.Task, _work).Unwrap();
    }

    public void GoOn() => _awake.TrySetResult();

    public async Task EndAsync()
    {
        await _end.CancelAsync();
        GoOn();
        await _work;
        _end.Dispose();
    }

    private static TaskCompletionSource Awake()
    {
        var awake = new TaskCompletionSource();
        awake.SetResult();
        return awake;
    }

    private async Task WorkAsync()
    {
        var client = new ObjectClient(accessKey, authority, gateway, path);
        var isFull = false;
        try
        {
            while (!_end.IsCancellationRequested)
            {
                if (_awake is { Task.IsCompleted: false } sleep)
                {
                    _resting.TrySetResult();
                    await sleep.Task;
                    continue;
                }

                try
                {
                    if (Stored.Count > 0 && (isFull || _random.Next(8) == 0))
                    {
                        await DeleteAsync(client, Stored.ElementAt(_random.Next(Stored.Count)));
                        isFull = isFull && _random.Next(3) != 0;
                    }
                    else
                    {
                        isFull = await UploadAsync(client);
                    }
                }
                catch (HttpRequestException)
                {
                    // Killed. A fresh client, because the connection and what the gateway remembers died with it.
                    client.Dispose();
                    client = new ObjectClient(accessKey, authority, gateway, path);
                    await Task.Delay(20);
                }
            }
        }
        finally
        {
            client.Dispose();
        }
    }

    /// <summary>True when the quota is full.</summary>
    private async Task<bool> UploadAsync(ObjectClient client)
    {
        var bytes = new byte[_random.Next(8) switch { 0 => _random.Next(1, 1 << 20), 1 or 2 => _random.Next(1, 4096), _ => _random.Next(1, 64 << 10) }];
        _random.NextBytes(bytes);
        var name = ObjectClient.NameOf(bytes);
        Doubtful.Add(name);
        var answer = await client.PostAsync(bytes);
        Interlocked.Increment(ref Answered);
        switch (answer.Status)
        {
            case HttpStatusCode.OK:
                Doubtful.Remove(name);
                Stored.Add(name);
                return false;
            case HttpStatusCode.InsufficientStorage when answer.Reason?.StartsWith("Quota exceeded", StringComparison.Ordinal) == true:
                Doubtful.Remove(name);
                Interlocked.Increment(ref Full);
                return true;
            default:
                Odd.Add($"{(int)answer.Status} {answer.Reason}");
                return false;
        }
    }

    private async Task DeleteAsync(ObjectClient client, string name)
    {
        Stored.Remove(name);
        Doubtful.Add(name);
        var answer = await client.DeleteAsync(name);
        Interlocked.Increment(ref Answered);
        if (answer.Status == HttpStatusCode.OK)
        {
            Doubtful.Remove(name);
            Gone.Add(name);
        }
        else
        {
            Odd.Add($"{(int)answer.Status} {answer.Reason}");
        }
    }
}
