using System.Text;
using Headgate.Protocol.Enrolment;
using Headgate.Testing.Fuzzing;

namespace Headgate.Protocol.Tests.Fuzzing;

/// <summary>The enrolment code. What is accepted is written as it was pasted, white space around it aside, in characters that no shell changes; its parts are what it says.</summary>
internal sealed class EnrolmentCodeTarget : IFuzzTarget
{
    public string Name => "enrolment-code";

    public IReadOnlyList<string> Outcomes { get; } = ["gateway", "fleet", "repository", "connector", "Refused"];

    public IReadOnlyList<byte[]> Words { get; } =
        [.. new[] { "hg1:", "gateway", "fleet", "repository", "connector", ":", "@", "#", "[", "]", "[::1]", "127.0.0.1", "[fe80::1%1]", "%eth0", "443", "65536", "0", " ", "\n", "$(x)", "'", ".", "é" }.Select(Encoding.UTF8.GetBytes)];

    public int MaxBytes => 600;

    /// <summary>Most inputs get a right prefix, secret and fingerprint, so that role, subject, host and port are what is tried.</summary>
    public byte[] Repair(byte[] input, FuzzRandom random)
    {
        var text = Encoding.UTF8.GetString(input);
        var (at, hash) = (text.IndexOf('@'), text.LastIndexOf('#'));
        if (random.OneIn(4) || at < 0 || hash < at)
        {
            return input;
        }

        var who = text[..at].Split(':');
        return who.Length < 3 ? input : Encoding.UTF8.GetBytes($"hg1:{who[1]}:{who[2]}:abcdefghijklmnopqrstuvwxy4@{text[(at + 1)..hash]}#{new string('a', 51)}q");
    }

    public string Run(byte[] input, FuzzRandom random)
    {
        var text = Encoding.UTF8.GetString(input);
        if (!EnrolmentCode.TryParse(text, out var code))
        {
            FuzzException.Require(code is null, "refused, and yet there");
            return "Refused";
        }

        var written = code.Format();
        FuzzException.Require(written == text.Trim(), $"'{text}' is written '{written}'");
        FuzzException.Require(EnrolmentCode.TryParse($" {written}\r\n", out var same) && same == code, $"'{written}' is not read as it was written");
        FuzzException.Require(
            written.All(static c => char.IsAsciiLetter(c) || char.IsAsciiDigit(c) || c is ':' or '@' or '#' or '.' or '-' or '[' or ']'),
            $"'{written}' needs quoting");
        FuzzException.Require(code.Port is > 0 and < 65536 && code.Secret.Length == 26 && code.Fingerprint.Length == 52, $"'{written}' has impossible parts");
        FuzzException.Require(Uri.TryCreate($"https://{(code.Host.Contains(':') ? $"[{code.Host}]" : code.Host)}:{code.Port}", UriKind.Absolute, out _), $"'{code.Host}' cannot be dialled");
        return code.RoleWord;
    }
}
