using System.Text;

namespace Headgate.Connector.Forwarding;

/// <summary>
/// Notes in the attempt's record what the repository's answers say of trouble, as far as a status line stands at the beginning of what was read. The bytes
/// go on as they are.
/// </summary>
internal static class AnswerWatch
{
    private static ReadOnlySpan<byte> NoRoom => "HTTP/1.1 507 "u8;

    /// <summary>Looks at bytes that were read at once.</summary>
    public static void Observe(ReadOnlySpan<byte> bytes, AttemptRecord record)
    {
        if (bytes.StartsWith(NoRoom))
        {
            // Waiting cures no quota. The reason phrase is the repository's sentence (RFC 9112, section 4).
            var phrase = bytes[NoRoom.Length..];
            var end = phrase.IndexOf((byte)'\r');
            record.RefuseForRoom(Encoding.ASCII.GetString(end < 0 ? phrase : phrase[..end]));
        }
        else if (bytes.StartsWith("HTTP/1.1 5"u8))
        {
            record.AddServerError();
        }
    }
}
