using Headgate.Silo.Storage.Engines;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Storage.Bench;

/// <summary>
/// Meets a full disk: fills it with a file of its own, writes until that is refused, and when a line comes on its input removes the file, writes again, and counts
/// what it was ever answered. The last line says how it went.
/// </summary>
internal static class DiskFiller
{
    public static async Task<int> RunAsync(string location, string folder, string filler)
    {
        Exception? refused = null;
        var acknowledged = new List<string>();
        await using var storage = await OpenStorage.OpenAsync(location, folder);
        for (var i = 0; i < 50; i++)
        {
            await storage.WriteAsync(Name(acknowledged));
            acknowledged.Add(Name(acknowledged));
        }

        Fill(filler);
        for (var i = 0; i < 100_000 && refused is null; i++)
        {
            try
            {
                await Task.WhenAll(Enumerable.Range(0, 16).Select(async number =>
                {
                    var name = $"{number:00}-filler-{i:000000}";
                    await storage.WriteAsync(name);
                    lock (acknowledged)
                    {
                        acknowledged.Add(name);
                    }
                }));
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                refused = exception;
            }
        }

        Console.WriteLine($"refused {(refused is null ? "never" : DatabaseEngine.SaysFull(refused) ? "full" : refused.ToString().ReplaceLineEndings(" "))}");
        // Reads go on while there is no room.
        await using (var db = storage.Context())
        {
            Console.WriteLine($"reads {await db.Secrets.CountAsync() >= acknowledged.Count}");
        }

        await Console.In.ReadLineAsync();
        File.Delete(filler);
        for (var i = 0; i < 50; i++)
        {
            await storage.WriteAsync($"zz-after-{i:000000}");
            acknowledged.Add($"zz-after-{i:000000}");
        }

        await using (var db = storage.Context())
        {
            var stored = (await db.Secrets.Select(row => row.Name).ToListAsync()).ToHashSet();
            Console.WriteLine($"kept {acknowledged.Count(stored.Contains)} of {acknowledged.Count}");
        }

        return 0;
    }

    private static string Name(List<string> known) => $"aa-before-{known.Count:000000}";

    private static void Fill(string filler)
    {
        using var file = new FileStream(filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[64 * 1024];
        try
        {
            while (true)
            {
                file.Write(block);
                file.Flush(flushToDisk: true);
            }
        }
        catch (IOException)
        {
            // Full: that is what it is for.
        }
    }
}
