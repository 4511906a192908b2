using System.Net;
using System.Security.Cryptography;
using Headgate.Protocol.Edge;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests;

/// <summary>The real program: enrolment, ready line, order of durability, memory, kill, orderly end.</summary>
public sealed class ProcessTests
{
    [Fact]
    public async Task Run_WhenEnrolledByCode_ServesAndEndsInOrder()
    {
        await using var world = await World.CreateAsync();
        await using var process = await RepositoryProcess.StartAsync(world.Run("--code", world.Silo.Code()));
        var blob = Blob.Random(100_000);
        using (var client = world.Client(process.Port))
        {
            Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/?create=true", null)).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/data/" + blob.Name, blob.Body)).StatusCode);
            Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync("host1/data/" + blob.Name[..63], blob.Body)).StatusCode);
        }

        await Wait.ForAsync(() => process.Output.Contains("refused with 400 (bad-name)", StringComparison.Ordinal), "the refusal is logged, seen " + process.Output);
        Assert.Equal(0, await process.StopAsync());
        Assert.DoesNotContain("aaaaaaaaaaaaaaaaaaaaaaaaaa", process.Output, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(world.Folder["data"], "key.pem")));
        }

        // The second start needs no code, and finds what the first stored.
        await using var again = await RepositoryProcess.StartAsync(world.Run());
        using var second = world.Client(again.Port);
        Assert.Equal(blob.Content, await second.GetByteArrayAsync("host1/data/" + blob.Name));
        Assert.Equal(0, await again.StopAsync());
    }

    [Fact]
    public async Task Enroll_WhenTheCodeIsWrongOrUsedTwice_SaysSo()
    {
        await using var world = await World.CreateAsync();
        var data = world.Folder["enrolled"];
        var (nonsense, words) = await RepositoryProcess.RunAsync("enroll", "--data", data, "nonsense");
        Assert.Equal(2, nonsense);
        Assert.Contains("not an enrolment code for a repository", words, StringComparison.Ordinal);
        (var refused, words) = await RepositoryProcess.RunAsync("enroll", "--data", data, world.Silo.Code("bbbbbbbbbbbbbbbbbbbbbbbbba"));
        Assert.Equal(1, refused);
        Assert.Contains("This code is not known. Ask for a new one.", words, StringComparison.Ordinal);
        Assert.False(Directory.Exists(data));
        Assert.Equal(0, (await RepositoryProcess.RunAsync("enroll", "--data", data, world.Silo.Code())).ExitCode);
        (var twice, words) = await RepositoryProcess.RunAsync("enroll", "--data", data, world.Silo.Code());
        Assert.Equal(1, twice);
        Assert.Contains("holds the identity of urn:headgate:repository:repo1 already", words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("holds no identity: enrol first", 1)]
    [InlineData("--listen nonsense is not ADDRESS:PORT", 1, "--listen", "nonsense")]
    [InlineData("--access-certificate and --access-key go together", 2, "--access-key", "/nowhere")]
    public async Task Run_WhenItCannotStart_SaysWhy(string sentence, int exitCode, params string[] more)
    {
        using var folder = new TemporaryFolder();
        var (code, output) = await RepositoryProcess.RunAsync(["run", "--data", folder["data"], "--listen", "127.0.0.1:0", .. more]);
        Assert.Equal(exitCode, code);
        Assert.Contains(sentence, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_WhenTracedToTheKernel_FlushesRenamesFlushesAnswers()
    {
        await using var world = await World.CreateAsync();
        var trace = world.Folder["trace"];
        await using var process = await RepositoryProcess.StartAsync(
            world.Run("--code", world.Silo.Code()),
            "strace", "-f", "-yy", "-s", "200", "-o", trace, "-e", "trace=openat,fsync,fdatasync,rename,renameat,renameat2,link,mkdir,sendto,sendmsg,writev,write");
        using var client = world.Client(process.Port);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/?create=true", null)).StatusCode);
        var blob = Blob.Random(100_000);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/data/" + blob.Name, blob.Body)).StatusCode);
        var child = int.Parse((await File.ReadAllTextAsync($"/proc/{process.Id}/task/{process.Id}/children")).Trim(), System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(0, await process.StopAsync(child));

        var calls = SystemCalls.Parse(await File.ReadAllLinesAsync(trace));
        var storage = Path.Combine(world.Folder["storage"], "tenants", "acme", "host1", "data");
        var shard = Path.Combine(storage, blob.Name[..2]);
        var rename = calls.Single(call => call.Text.StartsWith("rename", StringComparison.Ordinal) && call.Text.Contains(Path.Combine(shard, blob.Name), StringComparison.Ordinal));
        var temporary = rename.Text.Split('"')[1];
        Assert.StartsWith(Path.Combine(world.Folder["storage"], "tmp") + "/", temporary, StringComparison.Ordinal);
        var created = calls.Single(call => call.Text.StartsWith("openat", StringComparison.Ordinal) && call.Text.Contains($"\"{temporary}\"", StringComparison.Ordinal) && call.Text.Contains("O_CREAT", StringComparison.Ordinal));
        var fileFlush = calls.Single(call => call.Text.StartsWith("fsync", StringComparison.Ordinal) && call.Text.Contains($"<{temporary}>", StringComparison.Ordinal));
        var shardMade = calls.Single(call => call.Text.StartsWith("mkdir", StringComparison.Ordinal) && call.Text.Contains($"\"{shard}\"", StringComparison.Ordinal));
        var parentFlush = calls.First(call => call.Begin > shardMade.End && call.Text.StartsWith("fsync", StringComparison.Ordinal) && call.Text.Contains($"<{storage}>", StringComparison.Ordinal));
        var folderFlush = calls.Single(call => call.Text.StartsWith("fsync", StringComparison.Ordinal) && call.Text.Contains($"<{shard}>", StringComparison.Ordinal));
        var answers = calls.Where(call => call.Begin > created.End && call.Text.StartsWith("send", StringComparison.Ordinal)
            && call.Text.Contains($"127.0.0.1:{process.Port}->", StringComparison.Ordinal)).ToArray();

        Assert.True(fileFlush.End < rename.Begin, "the file is flushed before it gets its name");
        Assert.True(parentFlush.End < rename.Begin, "the new folder's own name is flushed before anything is in it");
        Assert.True(rename.End < folderFlush.Begin, "the folder is flushed after the name is in it");
        Assert.NotEmpty(answers);
        Assert.True(folderFlush.End < answers[0].Begin, "nothing is answered before the folder is flushed");
    }

    [Fact]
    public async Task Post_WhenAnObjectHasOneGibibyte_MemoryStaysSmall()
    {
        const long size = 1L << 30;
        await using var world = await World.CreateAsync();
        await using var process = await RepositoryProcess.StartAsync(world.Run("--code", world.Silo.Code()));
        using var client = world.Client(process.Port);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("?create=true", null)).StatusCode);
        var warm = Blob.Random(8_000_000);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("data/" + warm.Name, warm.Body)).StatusCode);
        await client.GetByteArrayAsync("data/" + warm.Name);
        var before = process.Memory().Now;
        var name = PatternStream.NameOf(size);

        using (var body = new StreamContent(new PatternStream(size)) { Headers = { ContentLength = size } })
        {
            Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("data/" + name, body)).StatusCode);
        }

        using var answer = await client.GetAsync("data/" + name, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(name, Convert.ToHexStringLower(await SHA256.HashDataAsync(await answer.Content.ReadAsStreamAsync())));
        var grown = process.Memory().Peak - before;
        Assert.True(grown < 64 << 20, $"resident memory grew by {grown >> 20} MiB");
    }

    [Fact]
    public async Task Kill_WhenUploadsAreUnderWay_LosesNothingThatWasAnswered()
    {
        await using var world = await World.CreateAsync();
        var acknowledged = new System.Collections.Concurrent.ConcurrentBag<string>();
        IEnumerable<string> arguments = world.Run("--code", world.Silo.Code());
        for (var round = 0; round < 3; round++)
        {
            await using var process = await RepositoryProcess.StartAsync(arguments);
            arguments = world.Run();
            using var client = world.Client(process.Port);
            Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("?create=true", null)).StatusCode);
            var goal = acknowledged.Count + 30;
            var writers = Enumerable.Range(0, 8).Select(async _ =>
            {
                try
                {
                    while (true)
                    {
                        var blob = Blob.Random(300_000);
                        using var answer = await client.PostAsync("data/" + blob.Name, blob.Body);
                        if (answer.StatusCode == HttpStatusCode.OK)
                        {
                            acknowledged.Add(blob.Name);
                        }
                    }
                }
                catch (HttpRequestException)
                {
                    // Killed.
                }
            }).ToArray();
            await Wait.ForAsync(() => acknowledged.Count >= goal, "30 uploads are answered");
            process.Kill();
            await Task.WhenAll(writers);
        }

        await using var last = await RepositoryProcess.StartAsync(arguments);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(world.Folder["storage"], "tmp")));
        using var reader = world.Client(last.Port);
        foreach (var name in acknowledged)
        {
            Assert.Equal(name, Convert.ToHexStringLower(SHA256.HashData(await reader.GetByteArrayAsync("data/" + name))));
        }

        var stored = Directory.EnumerateFiles(Path.Combine(world.Folder["storage"], "tenants"), "*", SearchOption.AllDirectories).ToArray();
        await Wait.ForAsync(
            () => world.Silo.Leases.Used("acme") == stored.Length * 300_000L,
            "the recounted use is what lies on the disk");
    }
}
