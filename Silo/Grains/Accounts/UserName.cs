namespace Headgate.Silo.Grains.Accounts;

/// <summary>What a user name may be.</summary>
internal static class UserName
{
    public const int MaxLength = 64;

    /// <summary>For sentences.</summary>
    public const string Allowed = "1 to 64 of a-z, 0-9, '.', '_', '@' and '-', the first a letter or a digit";

    public static bool IsValid(string? name) =>
        name is { Length: >= 1 and <= MaxLength } && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '@' or '-');
}
