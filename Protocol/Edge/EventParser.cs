using System.Globalization;
using System.Text;

namespace Headgate.Protocol.Edge;

/// <summary>
/// Makes events of a stream's lines, as the HTML standard's section 9.2.6 has it: <c>id</c>, <c>event</c> and <c>data</c> fields, an empty line ends
/// an event, a line that begins with a colon is a comment. An event without a kind is no event; unknown fields are skipped.
/// </summary>
/// <param name="maxLength">Characters that an event's data may have.</param>
internal sealed class EventParser(int maxLength)
{
    private readonly StringBuilder _data = new();
    private long? _sequence;
    private string _kind = "";
    private bool _hasData;

    /// <summary>The stream's lines: UTF-8 whatever its first bytes look like; a mark of UTF-8 itself is skipped.</summary>
    public static StreamReader Open(Stream stream) => new(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: false);

    /// <summary>Takes the next line, without its end; answers the event that it completes, <see cref="EdgeEvent.Heard"/> for a comment, else null.</summary>
    /// <exception cref="HttpRequestException">The event's data is too long.</exception>
    public EdgeEvent? Add(string line)
    {
        if (line.Length == 0)
        {
            var complete = _kind.Length > 0 ? new EdgeEvent(_sequence, _kind, _data.ToString()) : null;
            (_sequence, _kind, _hasData) = (null, "", false);
            _data.Clear();
            return complete;
        }

        if (line[0] == ':')
        {
            return EdgeEvent.Heard;
        }

        var colon = line.IndexOf(':', StringComparison.Ordinal);
        var (field, value) = colon < 0 ? (line, "") : (line[..colon], line[(colon + 1)..]);
        value = value.StartsWith(' ') ? value[1..] : value;
        switch (field)
        {
            case "id" when value.All(char.IsAsciiDigit) && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number):
                _sequence = number;
                break;
            case "event":
                _kind = value;
                break;
            case "data" when _data.Length + value.Length >= maxLength:
                throw new HttpRequestException($"An event of kind {_kind} is longer than {maxLength} characters.");
            case "data":
                _data.Append(_hasData ? "\n" : "").Append(value);
                _hasData = true;
                break;
            default:
                break;
        }

        return null;
    }
}
