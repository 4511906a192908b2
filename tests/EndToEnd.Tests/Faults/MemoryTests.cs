using System.Globalization;
using System.Net;
using System.Security.Cryptography;

namespace Headgate.EndToEnd.Tests.Faults;

/// <summary>Large objects pass through; they are never held. Peak resident memory is the kernel's own high-water mark.</summary>
public sealed class MemoryTests
{
    private const long MostGrowth = 96L << 20;

    [Fact]
    public async Task Upload_WhenObjectsAreLarge_NoProcessGrowsByTheirSize()
    {
        await using var world = await World.StartAsync(gateways: 1);
        var tenant = await world.AddTenantAsync("acme", "4GiB");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        (await desk.RunAsync("warm", ["backup", await desk.FilesAsync("warm", files: 4, bytesEach: 8 << 20)])).Succeeded();
        var before = world.GatewayNames.Append("repo1").Append("server").ToDictionary(name => name, name => PeakOf(world[name].Pid));

        // 1 GiB in one object.
        using var client = new ObjectClient(await tenant.AccessKeyAsync(), await world.AuthorityFileAsync(), world.EndPointOf("gtw1"), "/large/");
        await client.CreateAsync();
        var gigabyte = new GeneratedContent(1L << 30);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync(gigabyte.Sha256, gigabyte)).Status);
        Assert.Equal(1L << 30, new FileInfo(Assert.Single(Storage.Named(world, tenant, gigabyte.Sha256))).Length);
        Assert.Equal(gigabyte.Sha256, await client.SumAsync(gigabyte.Sha256));

        // Packs of 128 MiB through the connector, up to five at once.
        var source = await desk.FilesAsync("source", files: 6, bytesEach: 64 << 20, seed: 9);
        await using var run = desk.StartRun("packs", ["backup", "--quiet", "--pack-size", "128", source]);
        await run.UntilSaysAsync("attempt 1");
        var connectorBefore = PeakOf(run.Pid);
        var connectorAfter = connectorBefore;
        await Tool.UntilAsync(
            () =>
            {
                connectorAfter = run.HasEnded ? connectorAfter : Math.Max(connectorAfter, PeakOf(run.Pid));
                return run.HasEnded;
            },
            "the backup to end",
            () => run.Said,
            TimeSpan.FromMinutes(8));
        (await run.EndAsync()).Succeeded();
        var stored = new DirectoryInfo(Storage.FolderOf(world)).EnumerateFiles("*", SearchOption.AllDirectories);
        Assert.Contains(stored, file => file.Length is > 100 << 20 and < 200 << 20);

        var grown = before.ToDictionary(one => one.Key, one => PeakOf(world[one.Key].Pid) - one.Value);
        grown["connector"] = connectorAfter - connectorBefore;
        Assert.True(connectorBefore > 0);
        Assert.All(grown, one => Assert.True(one.Value < MostGrowth, $"{one.Key} grew by {one.Value >> 20} MiB."));
    }

    /// <summary>VmHWM in bytes; 0 when the process is gone.</summary>
    private static long PeakOf(int pid)
    {
        try
        {
            var line = File.ReadLines($"/proc/{pid}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) << 10;
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException or IOException)
        {
            return 0;
        }
    }

    /// <summary>A body that is made while it is sent, with its sha256 known before.</summary>
    private sealed class GeneratedContent : HttpContent
    {
        private readonly byte[] _block = new byte[1 << 20];
        private readonly long _length;

        public GeneratedContent(long length)
        {
            _length = length;
            new Random(5).NextBytes(_block);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (var sent = 0L; sent < length; sent += _block.Length)
            {
                hash.AppendData(_block);
            }

            Sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
        }

        public string Sha256 { get; }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var sent = 0L; sent < _length; sent += _block.Length)
            {
                await stream.WriteAsync(_block);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _length;
            return true;
        }
    }
}
