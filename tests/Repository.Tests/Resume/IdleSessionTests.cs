using System.Globalization;
using System.Text;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests.Resume;

/// <summary>
/// Memory of an idle session in the whole repository, Kestrel included. Its clients are bare TLS connections in both cases, so that what a session needs more
/// than a plain connection is the repository's alone. Nothing runs beside it, for the heap is the process's.
/// </summary>
[CollectionDefinition(nameof(IdleSessionTests), DisableParallelization = true)]
[Collection(nameof(IdleSessionTests))]
public sealed class IdleSessionTests
{
    private const int Lines = 200;
    private const int MostBytes = 16 * 1024;

    [Fact]
    public async Task Session_WhenItIsIdle_HoldsLessThan16KiBBesideItsConnection()
    {
        // The first of each pays for what all share.
        await MeasureAsync(resumable: false, 20);
        await MeasureAsync(resumable: true, 20);
        var plain = await MeasureAsync(resumable: false, Lines);
        var session = await MeasureAsync(resumable: true, Lines);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Lines} of each: a plain connection and its client {plain / 1024.0:F1} KiB of managed heap, a session and its client {session / 1024.0:F1} KiB, so {(session - plain) / 1024.0:F1} KiB more."));

        Assert.InRange(session - plain, 0, MostBytes);
    }

    /// <summary>Bytes of heap that one idle line adds, its client among them.</summary>
    private static async Task<long> MeasureAsync(bool resumable, int lines)
    {
        await using var repository = await Rig.StartAsync(o => o with { MaxSessionsPerTenant = lines, SessionBytes = 256 << 20 });
        var (route, identity) = (repository.OpenRoute(), repository.Connector());
        var blob = Blob.Random(300 * 1024);
        using (var client = repository.Client(route, identity))
        {
            (await client.PostAsync("host1/data/" + blob.Name, blob.Body)).EnsureSuccessStatusCode();
        }

        var request = $"GET /host1/data/{blob.Name} HTTP/1.1\r\nHost: x\r\n\r\n";
        var peers = new List<IAsyncDisposable>();
        var before = Settled();
        var buffer = new byte[64 * 1024];
        try
        {
            for (var i = 0; i < lines; i++)
            {
                if (resumable)
                {
                    var peer = await RawPeer.OpenAsync(async () => (await TestLeg.DialAsync(repository, route, identity)).Tls, route, identity, (uint)i);
                    peers.Add(peer);
                    await peer.WriteAsync(RawFrames.OfData(0, request));
                    await peer.ReadHeadAsync();
                    while (peer.Received < blob.Content.Length)
                    {
                        await peer.ReadDataAsync();
                    }

                    await peer.WriteAsync(RawFrames.OfAck(peer.Received));
                }
                else
                {
                    var tls = await repository.ConnectAsync(route, identity);
                    peers.Add(tls);
                    await tls.WriteAsync(Encoding.Latin1.GetBytes(request));
                    for (var received = 0; received < blob.Content.Length;)
                    {
                        received += await tls.ReadAsync(buffer);
                    }
                }
            }

            await Wait.ForAsync(() => Rig.Table(repository).Budget.Held == 0, "all is acknowledged");
            return (Settled() - before) / lines;
        }
        finally
        {
            foreach (var peer in peers)
            {
                await peer.DisposeAsync();
            }
        }
    }

    private static long Settled()
    {
        for (var collection = 0; collection < 4; collection++)
        {
            // Pools of arrays give back what they have not lent for a while only when a collection says so.
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
