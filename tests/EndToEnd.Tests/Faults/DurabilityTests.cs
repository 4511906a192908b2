using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Headgate.EndToEnd.Tests.Faults;

/// <summary>What 200 promises, seen from the kernel: the repository's system calls while it takes an object.</summary>
public sealed partial class DurabilityTests
{
    [Fact]
    public async Task Post_WhenTraced_FlushesRenamesFlushesTheDirectoryAndOnlyThenAnswers()
    {
        await using var world = await World.StartAsync(gateways: 1);
        var tenant = await world.AddTenantAsync("acme");
        using var client = new ObjectClient(await tenant.AccessKeyAsync(), await world.AuthorityFileAsync(), world.EndPointOf("gtw1"), "/objects/");
        await client.CreateAsync();
        var bytes = new byte[700_000];
        new Random(1).NextBytes(bytes);
        var name = ObjectClient.NameOf(bytes);

        var trace = world.PathOf("trace");
        await using (var strace = Running.Start(
            "strace",
            [
                "-f", "-yy", "-s", "0", "-o", trace, "-p", world["repo1"].Pid.ToString(CultureInfo.InvariantCulture),
                "-e", "trace=openat,pwrite64,pwritev,fsync,fdatasync,rename,renameat,renameat2,sendto,sendmsg,write,writev",
            ]))
        {
            await strace.UntilSaysAsync("attached");
            Assert.Equal(HttpStatusCode.OK, (await client.PostAsync(bytes)).Status);
            strace.Interrupt();
            await strace.EndAsync();
        }

        var calls = Calls(await File.ReadAllLinesAsync(trace));
        var all = string.Join('\n', calls);
        var target = Assert.Single(Storage.Named(world, tenant, name));
        var rename = Index(call => call.StartsWith("rename", StringComparison.Ordinal) && call.Contains(target, StringComparison.Ordinal), 0);
        var temporary = Quoted().Match(calls[rename]).Groups[1].Value;
        Assert.StartsWith(Path.Combine(Storage.FolderOf(world), "tmp") + "/", temporary, StringComparison.Ordinal);

        // The last byte, the flush, the rename, the directory's flush, the answer.
        var written = LastIndex(call => call.StartsWith("pwrite", StringComparison.Ordinal) && call.Contains($"<{temporary}>", StringComparison.Ordinal));
        var flush = Index(call => Flush().IsMatch(call) && call.Contains($"<{temporary}>", StringComparison.Ordinal), 0);
        var directory = Index(call => Flush().IsMatch(call) && call.Contains($"<{Path.GetDirectoryName(target)}>", StringComparison.Ordinal), rename);
        Assert.True(written >= 0 && written < flush && flush < rename && rename < directory, all);

        // The gateway's connection is told by its addresses: nothing is said on it from the first byte written to the directory's flush.
        var first = Index(call => call.StartsWith("pwrite", StringComparison.Ordinal) && call.Contains($"<{temporary}>", StringComparison.Ordinal), 0);
        var sends = Enumerable.Range(0, calls.Count)
            .Where(i => Send().IsMatch(calls[i]) && calls[i].Contains($"{world.AddressOf("repo1")}:6183->", StringComparison.Ordinal))
            .ToArray();
        Assert.DoesNotContain(sends, i => i > first && i < directory);
        Assert.Contains(sends, i => i > directory);

        int Index(Predicate<string> match, int from)
        {
            var index = calls.FindIndex(from, match);
            Assert.True(index >= 0, all);
            return index;
        }

        int LastIndex(Predicate<string> match) => calls.FindLastIndex(match);
    }

    /// <summary>
    /// Calls in the order in which they ended, with their arguments: strace splits a call that another thread's line comes between. A send counts from
    /// where it began, the earlier and so the stricter place.
    /// </summary>
    private static List<string> Calls(IEnumerable<string> lines)
    {
        var calls = new List<string>();
        var begun = new Dictionary<string, string>();
        foreach (var line in lines)
        {
            var (thread, call) = (line[..line.IndexOf(' ', StringComparison.Ordinal)], line[line.IndexOf(' ', StringComparison.Ordinal)..].TrimStart());
            if (call.EndsWith("<unfinished ...>", StringComparison.Ordinal))
            {
                var start = call[..^"<unfinished ...>".Length];
                if (Send().IsMatch(start))
                {
                    calls.Add(start);
                }
                else
                {
                    begun[thread] = start;
                }
            }
            else if (Resumed().Match(call) is { Success: true } resumed)
            {
                if (begun.Remove(thread, out var start))
                {
                    calls.Add(start + call[resumed.Length..]);
                }
            }
            else
            {
                calls.Add(call);
            }
        }

        return calls;
    }

    [GeneratedRegex(@"^f(data)?sync\(")]
    private static partial Regex Flush();

    [GeneratedRegex(@"^(sendto|sendmsg|write|writev)\(")]
    private static partial Regex Send();

    [GeneratedRegex(@"^<\.\.\. \w+ resumed>")]
    private static partial Regex Resumed();

    [GeneratedRegex("\"([^\"]+)\"")]
    private static partial Regex Quoted();
}
