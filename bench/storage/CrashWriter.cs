namespace Headgate.Storage.Bench;

/// <summary>Writes with many writers until it is killed. A name is printed, and the line flushed, only when its write was acknowledged; one that failed after a minus sign.</summary>
internal static class CrashWriter
{
    public static async Task<int> RunAsync(string location, string folder, int writers)
    {
        await using var storage = await OpenStorage.OpenAsync(location, folder);
        using var output = Console.OpenStandardOutput();
        var turn = new Lock();
        void Say(string line)
        {
            lock (turn)
            {
                output.Write(System.Text.Encoding.ASCII.GetBytes(line + "\n"));
                output.Flush();
            }
        }

        Say("ready");
        var run = Guid.NewGuid().ToString("N")[..8];
        await Task.WhenAll(Enumerable.Range(0, writers).Select(async writer =>
        {
            for (var number = 0; ; number++)
            {
                var name = $"{writer:00}-{run}-{number:000000}";
                try
                {
                    await storage.WriteAsync(name);
                    Say(name);
                }
                catch (Exception exception) when (exception is not OutOfMemoryException)
                {
                    // Told, not acknowledged: whether it is there is up to the database.
                    Say("-" + name);
                }
            }
        }));
        return 0;
    }
}
