using System.Text;

namespace Headgate.Repository.Tests.Support;

/// <summary>Requests byte by byte, as no HTTP library would send them.</summary>
internal static class Raw
{
    /// <summary>Sends text and reads one answer's head (and whatever of its body came with it).</summary>
    public static async Task<string> AskAsync(Stream stream, string request)
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        return await ReadHeadAsync(stream);
    }

    /// <summary>Reads to the end of a head; what came when the peer closed first.</summary>
    public static async Task<string> ReadHeadAsync(Stream stream)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var text = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (!text.ToString().Contains("\r\n\r\n", StringComparison.Ordinal)
                && await stream.ReadAsync(buffer, deadline.Token) is var count && count > 0)
            {
                text.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
        }
        catch (IOException)
        {
            // Reset: what came counts.
        }

        return text.ToString();
    }

    /// <summary>Whether the peer ends the connection, by close or reset, within 20 s.</summary>
    public static async Task<bool> IsEndedAsync(Stream stream)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var buffer = new byte[4096];
        try
        {
            while (await stream.ReadAsync(buffer, deadline.Token) > 0)
            {
                // Alerts and remains.
            }

            return true;
        }
        catch (IOException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
