using System.Globalization;

namespace Headgate.EndToEnd.Tests.Resume;

/// <summary>A run of the real connector whose tool is the test: a shell tells where the loopback port is and waits until it is let go.</summary>
internal sealed class OpenRun : IAsyncDisposable
{
    private const string Script = "printenv RESTIC_REPOSITORY > \"$0.new\" && mv \"$0.new\" \"$0\"; while [ ! -e \"$1\" ]; do sleep 0.2; done";

    private readonly Running _running;
    private readonly string _end;
    private readonly string _repository;

    private OpenRun(Running running, string end, string repository)
    {
        _running = running;
        _end = end;
        _repository = repository;
    }

    /// <summary>All that the connector said so far.</summary>
    public string Said => _running.Said;

    /// <summary>Waits until the connector said it.</summary>
    public Task UntilSaysAsync(string text) => _running.UntilSaysAsync(text);

    public static async Task<OpenRun> StartAsync(Machine machine, string job, params string[] options)
    {
        var place = Path.Combine(machine.Folder, job + ".url");
        var end = Path.Combine(machine.Folder, job + ".end");
        var running = machine.StartTool(job, ["sh", "-c", Script, place, end], options);
        try
        {
            await Tool.UntilAsync(() => File.Exists(place) || running.HasEnded, "the run's loopback port", () => running.Said, TimeSpan.FromMinutes(1));
            Assert.False(running.HasEnded, running.Said);
            return new OpenRun(running, end, (await File.ReadAllTextAsync(place)).Trim());
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client with one connection, which it keeps; <paramref name="connected"/> is called for each that it opens.</summary>
    public HttpClient Client(Action connected) => LoopbackClient.Of(_repository, connected);

    /// <summary>Makes the restic repository's folder.</summary>
    public async Task CreateAsync()
    {
        using var client = Client(() => { });
        using var answer = await client.PostAsync("?create=true", null);
        Assert.True(answer.IsSuccessStatusCode, string.Create(CultureInfo.InvariantCulture, $"{(int)answer.StatusCode} {answer.ReasonPhrase}"));
    }

    /// <summary>Lets the tool end, and waits for the connector's end.</summary>
    public async Task<Finished> EndAsync()
    {
        await File.WriteAllTextAsync(_end, "");
        return await _running.EndAsync();
    }

    public ValueTask DisposeAsync() => _running.DisposeAsync();
}
