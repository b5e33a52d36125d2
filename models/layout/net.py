"""The network: a small transformer over words whose attention knows how words lie to each other."""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.features import CHAR_COUNT, NEAR, NUMERIC, PAIR_CODES, PLACES


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network."""

    words: int
    labels: int
    kinds: int
    hidden: int = 256
    heads: int = 8
    layers: int = 5
    inner: int = 768
    char: int = 48
    waves: int = 6
    link: int = 64

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


class Embedding(nn.Module):  # type: ignore[misc]
    """A word: its characters (convolution), its entry in the word list, its shape and sums, its place, its neighbours."""

    def __init__(self, s: Shape) -> None:
        super().__init__()
        self.chars = nn.Embedding(CHAR_COUNT, s.char, padding_idx=0)
        self.conv = nn.Conv1d(s.char, 192, 3, padding=1)
        self.char_out = nn.Linear(192, s.hidden)
        self.words = nn.Embedding(s.words + 1, 128, padding_idx=0)
        self.word_out = nn.Linear(128, s.hidden, bias=False)
        self.numeric = nn.Sequential(nn.Linear(NUMERIC, 128), nn.GELU(), nn.Linear(128, s.hidden))
        self.place = nn.Sequential(nn.Linear(PLACES * (1 + 2 * s.waves), 128), nn.GELU(), nn.Linear(128, s.hidden))
        self.near_in = nn.Linear(s.hidden, s.link)
        self.near_out = nn.Linear(NEAR * s.link, s.hidden)
        self.norm = nn.LayerNorm(s.hidden)
        self.register_buffer("freq", torch.tensor([3.14159 * 2**k for k in range(s.waves)]), persistent=False)

    def forward(self, chars: Tensor, words: Tensor, numeric: Tensor, places: Tensor, near: Tensor) -> Tensor:
        b, n, c = chars.shape
        read = self.chars(chars.reshape(b * n, c)).transpose(1, 2)
        read = functional.gelu(self.conv(read)).amax(2)
        angles = places.unsqueeze(-1) * self.freq
        waves = torch.cat([places, angles.sin().flatten(2), angles.cos().flatten(2)], 2)
        content = self.char_out(read).reshape(b, n, -1) + self.word_out(self.words(words)) + self.numeric(numeric)
        small = functional.pad(self.near_in(content), (0, 0, 1, 0))  # row 0 stands for "no neighbour"
        index = (near + 1).reshape(b, -1, 1).expand(-1, -1, small.shape[2])
        around = self.near_out(small.gather(1, index).reshape(b, n, -1))
        out: Tensor = self.norm(content + around + self.place(waves))
        return out


class Layer(nn.Module):  # type: ignore[misc]
    """Pre-norm attention with a bias per pair code, and a feed-forward part."""

    def __init__(self, s: Shape, drop: float) -> None:
        super().__init__()
        self.heads, self.size = s.heads, s.hidden // s.heads
        self.norm1, self.norm2 = nn.LayerNorm(s.hidden), nn.LayerNorm(s.hidden)
        self.qkv = nn.Linear(s.hidden, 3 * s.hidden)
        self.out = nn.Linear(s.hidden, s.hidden)
        self.up, self.down = nn.Linear(s.hidden, s.inner), nn.Linear(s.inner, s.hidden)
        self.drop = nn.Dropout(drop)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        b, n, h = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(b, n, 3, self.heads, self.size).permute(2, 0, 3, 1, 4).unbind(0)
        scores = torch.matmul(q * self.size**-0.5, k.transpose(2, 3)) + bias
        mixed = torch.matmul(scores.softmax(-1), v).transpose(1, 2).reshape(b, n, h)
        x = x + self.drop(self.out(mixed))
        out: Tensor = x + self.drop(self.down(functional.gelu(self.up(self.norm2(x)))))
        return out


class LayoutNet(nn.Module):  # type: ignore[misc]
    """Scores per word: labels and its row's anchor; per page: the kind of document, and whether one starts there."""

    def __init__(self, s: Shape, drop: float = 0.0) -> None:
        super().__init__()
        self.shape = s
        self.embed = Embedding(s)
        self.bias = nn.Embedding(
            PAIR_CODES, s.heads + 1
        )  # per head, shared by the layers; the last is of the row links
        nn.init.normal_(self.bias.weight, std=0.02)
        self.layers = nn.ModuleList(Layer(s, drop) for _ in range(s.layers))
        self.norm = nn.LayerNorm(s.hidden)
        self.tag = nn.Linear(s.hidden, s.labels)
        self.row_from, self.row_to = nn.Linear(s.hidden, s.link), nn.Linear(s.hidden, s.link)
        self.kind = nn.Sequential(nn.Linear(2 * s.hidden, 128), nn.GELU(), nn.Linear(128, s.kinds + 1))
        self.drop = nn.Dropout(drop)

    def forward(
        self, chars: Tensor, words: Tensor, numeric: Tensor, places: Tensor, near: Tensor, pairs: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """`mask` is 1 for words, 0 for padding. Returns tag, row and kind scores."""
        x = self.drop(self.embed(chars, words, numeric, places, near))
        away = (1.0 - mask)[:, None, None, :] * -1e4
        biases = self.bias(pairs).permute(0, 3, 1, 2)
        bias = (biases[:, :-1] + away).contiguous()
        for layer in self.layers:
            x = layer(x, bias)
        x = self.norm(x)
        links = torch.matmul(self.row_from(x), self.row_to(x).transpose(1, 2)) * self.shape.link**-0.5
        links = links + biases[:, -1] + away[:, 0]
        weight = mask.unsqueeze(-1)
        pooled = torch.cat([(x * weight).sum(1) / weight.sum(1).clamp(min=1.0), (x - (1.0 - weight) * 1e4).amax(1)], 1)
        return self.tag(x), links, self.kind(pooled)
